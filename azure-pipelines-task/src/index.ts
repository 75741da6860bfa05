// The task: runs perfagent's image on the agent. Its log commands, its summary and its exit code are the container's own.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { Container, Input, container, meaning } from './container';

const SECRET = /(_token|_key|accesstoken)$/;

async function run(): Promise<void> {
  const declared = (JSON.parse(readFileSync(join(__dirname, 'task.json'), 'utf8')) as { inputs: Input[] }).inputs;
  const given: Record<string, string> = {};
  for (const input of declared) {
    given[input.name] = tl.getInput(input.name, input.name === 'image') ?? '';
    if (SECRET.test(input.name) && given[input.name]) {
      tl.setSecret(given[input.name]!);
    }
  }
  const made = container(given, declared.filter((input) => input.groupName !== 'container'), {
    env: process.env,
    sources: tl.getVariable('Build.SourcesDirectory') ?? process.cwd(),
    temp: tl.getVariable('Agent.TempDirectory') ?? '/tmp',
    user: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
  });
  const code = await tl.tool(tl.which('docker', true)).arg(made.args).execAsync(options(made));
  if (code === 0) {
    tl.setResult(tl.TaskResult.Succeeded, meaning(code));
  } else {
    tl.error(`perfagent: ${meaning(code)}`);
    tl.setResult(tl.TaskResult.Failed, `${meaning(code)} (exit code ${code})`);
  }
}

function options(made: Container) {
  const docker = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(PATH$|HOME$|DOCKER_|XDG_)/.test(name)));
  return { ignoreReturnCode: true, failOnStdErr: false, env: { ...made.env, ...docker } as NodeJS.ProcessEnv };
}

run().catch((error: unknown) => tl.setResult(tl.TaskResult.Failed, error instanceof Error ? error.message : String(error)));
