// The compiled task with docker mocked: it answers with the code in argv.
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { TaskMockRunner } = require('azure-pipelines-task-lib/mock-run');
const { container } = require('../build/perfagent/container.js');

const build = path.join(__dirname, '../build/perfagent');
const declared = require(path.join(build, 'task.json')).inputs.filter((input) => input.groupName !== 'container');
const inputs = { image: 'perfagent:test', gate_max_regression: '5%', system_accesstoken: 'hush' };
process.env.BUILD_SOURCESDIRECTORY = '/agent/s';
const temp = mkdtempSync(path.join(tmpdir(), 'perfagent-')); // the library keeps its key for secrets there
process.env.AGENT_TEMPDIRECTORY = temp;
process.on('exit', () => rmSync(temp, { recursive: true }));
const user = `${process.getuid()}:${process.getgid()}`;
const expected = container(inputs, declared, { env: process.env, sources: '/agent/s', temp, user });

const runner = new TaskMockRunner(path.join(build, 'index.js'));
for (const [name, value] of Object.entries(inputs)) runner.setInput(name, value);
runner.setAnswers({
  which: { docker: '/usr/bin/docker' },
  checkPath: { '/usr/bin/docker': true },
  exec: { [`/usr/bin/docker ${expected.args.join(' ')}`]: { code: Number(process.argv[2]), stdout: 'measured' } },
});
runner.run();
