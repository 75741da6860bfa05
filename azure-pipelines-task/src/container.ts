// From the task's inputs and the agent's environment to the arguments of `docker run`. Nothing here touches the world.

export interface Input {
  name: string;
  type: string;
  groupName: string;
}

/** What is to be run. `env` are the variables that docker itself gets: values stay out of its command line. */
export interface Container {
  args: string[];
  env: Record<string, string>;
}

export interface Agent {
  env: Record<string, string | undefined>;
  sources: string;
  temp: string;
  /** `uid:gid` of the agent, so that no file of the container belongs to root. */
  user: string;
}

/** A pick list has no empty choice; this one stands for "as configured". */
export const UNSET = 'unset';

const PASSED = /^(BUILD_|SYSTEM_|AGENT_|TF_BUILD$|CI$|PERFAGENT_|K6_|AWS_|AZURE_|OPENAI_|(HTTPS?|NO)_PROXY$|(https?|no)_proxy$)/;
// The job's token goes in only as an input, where whoever writes the pipeline can take it away.
const KEPT_BACK = new Set(['SYSTEM_ACCESSTOKEN', 'AZURE_HTTP_USER_AGENT', 'AGENT_PROXYPASSWORD']);

export function container(inputs: Record<string, string>, settings: Input[], agent: Agent): Container {
  const env: Record<string, string> = { PERFAGENT_WRAPPER: 'azure' };
  for (const [name, value] of Object.entries(agent.env)) {
    if (value && PASSED.test(name) && !KEPT_BACK.has(name)) {
      env[name] = value;
    }
  }
  for (const name of lines(inputs['pass'])) {
    env[name] = agent.env[name] ?? '';
  }
  for (const setting of settings) {
    const value = inputs[setting.name] ?? '';
    if (value.trim() && value !== UNSET && !/^\$\([\w.]+\)$/.test(value)) {
      env[`INPUT_${setting.name.toUpperCase()}`] = value;
    }
  }
  // The agent's network, so that a service which an earlier step started on it is in reach; docker_arguments come later and win.
  const args = ['run', '--rm', '--init', '--network', 'host', '--user', agent.user, '--workdir', agent.sources, '--env', 'HOME=/tmp'];
  // Under the paths that they have on the agent: what the container says of files is then true outside of it too.
  for (const folder of [agent.sources, agent.temp]) {
    args.push('--volume', `${folder}:${folder}`);
  }
  for (const name of Object.keys(env).sort()) {
    args.push('--env', name);
  }
  args.push(...lines(inputs['docker_arguments']), inputs['image'] ?? '', 'run');
  return { args, env };
}

/** What the exit code means, for the job's page. */
export function meaning(code: number): string {
  const words: Record<number, string> = {
    0: 'pass',
    2: 'the configuration is wrong',
    3: 'regression',
    4: 'inconclusive: too little or too noisy data to say',
    5: 'the load test did not run or did not end properly',
    6: 'something that was needed is down',
    70: 'a bug in perfagent',
    125: 'docker could not start the container',
  };
  return words[code] ?? `the container ended with code ${code}`;
}

function lines(text: string | undefined): string[] {
  return (text ?? '').split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
}
