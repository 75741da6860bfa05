// The compiled task: what it asks of docker, and what it says of the answer (by azure-pipelines-task-lib's mock runner).
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const test = require('node:test');
const { container, meaning } = require('../build/perfagent/container.js');
const declared = require('../build/perfagent/task.json').inputs.filter((input) => input.groupName !== 'container');

const agent = (env = {}) => ({ env, sources: '/agent/s', temp: '/agent/t', user: '1001:1001' });

test('an input goes in under its own name, by name only', () => {
  const made = container({ image: 'i', gate_max_regression: '5%' }, declared, agent());
  assert.equal(made.env.INPUT_GATE_MAX_REGRESSION, '5%');
  assert.ok(made.args.includes('INPUT_GATE_MAX_REGRESSION'));
  assert.ok(!made.args.some((arg) => arg.includes('5%')));
  assert.deepEqual(made.args.slice(-2), ['i', 'run']);
});

test('what was not given is not handed on', () => {
  const made = container({ image: 'i', mode: 'unset', service: ' ', jira_token: '$(jiraToken)' }, declared, agent());
  assert.deepEqual(Object.keys(made.env), ['PERFAGENT_WRAPPER']);
});

test("the job's facts go in, its token and other variables do not", () => {
  const made = container({ image: 'i' }, declared, agent({ BUILD_BUILDID: '7', TF_BUILD: 'True', SYSTEM_ACCESSTOKEN: 't', NPM_TOKEN: 'n' }));
  assert.equal(made.env.BUILD_BUILDID, '7');
  assert.equal(made.env.SYSTEM_ACCESSTOKEN, undefined);
  assert.equal(made.env.NPM_TOKEN, undefined);
});

test('variables that are named go in', () => {
  assert.equal(container({ image: 'i', pass: 'LOGIN\n' }, declared, agent({ LOGIN: 'ada' })).env.LOGIN, 'ada');
});

test('further arguments come before the image and stay whole', () => {
  const { args } = container({ image: 'i', docker_arguments: '--shm-size=1g\n--label=a b' }, declared, agent());
  assert.deepEqual(args.slice(-4), ['--shm-size=1g', '--label=a b', 'i', 'run']);
});

test('folders keep their paths and files their owner', () => {
  const { args } = container({ image: 'i' }, declared, agent());
  assert.ok(args.includes('/agent/s:/agent/s') && args.includes('/agent/t:/agent/t') && args.includes('1001:1001'));
});

test('every exit code has a meaning', () => {
  for (const code of [0, 2, 3, 4, 5, 6, 70, 125]) assert.doesNotMatch(meaning(code), /ended with code/);
  assert.match(meaning(137), /137/);
});

for (const [code, result] of [[0, 'Succeeded'], [3, 'Failed'], [4, 'Failed']]) {
  test(`exit code ${code} is ${result}`, () => {
    const { stdout } = spawnSync(process.execPath, [path.join(__dirname, 'mocked.js'), String(code)], { encoding: 'utf8', env: { PATH: process.env.PATH } });
    assert.match(stdout, new RegExp(`##vso\\[task.complete result=${result};`), stdout);
    assert.match(stdout, /##vso\[task.setsecret\]hush/);
  });
}
