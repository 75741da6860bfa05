// The user's options, fitted to one round. Nothing else of the user's script is touched.
//
// round: { tags: {name: value}, seconds: number or null, load: number, thresholds: boolean }
//   seconds     the whole timeline (start times, durations, stages) is scaled to this length; null leaves it
//   load        arrival rates, VUs and iterations are multiplied by it (2 when one k6 plays both sides)
//   thresholds  false drops the user's thresholds; true keeps them, without their right to abort the run

const UNITS = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, 'μs': 1e-3, ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

// A duration as k6 takes it (milliseconds, or text such as "1m30s") in milliseconds; null for what k6 itself will refuse.
export function milliseconds(value) {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value === '') return null;
  if (/^[\d.]+$/.test(value)) return Number(value);
  let rest = value;
  let total = 0;
  while (rest !== '') {
    const part = /^(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/.exec(rest);
    if (part === null) return null;
    total += Number(part[1]) * UNITS[part[2]];
    rest = rest.slice(part[0].length);
  }
  return total;
}

function text(ms) {
  return `${Math.max(0, Math.round(ms))}ms`;
}

const SHORTEST = 1000; // k6 refuses a scenario of less than a second; stages may be shorter

function sum(stages) {
  return stages.reduce((total, stage) => total + (milliseconds(stage.duration) || 0), 0);
}

// How long a scenario's load lasts by its own plan; 0 for those that end with their iterations.
function planned(scenario) {
  if (Array.isArray(scenario.stages)) return sum(scenario.stages);
  return /iterations/.test(scenario.executor) ? 0 : milliseconds(scenario.duration) || 0;
}

function scaleStages(stages, factor) {
  return stages.map((stage) => Object.assign({}, stage, { duration: text((milliseconds(stage.duration) || 0) * factor) }));
}

function scaleTime(scenario, factor) {
  const out = Object.assign({}, scenario);
  if (out.startTime !== undefined) out.startTime = text((milliseconds(out.startTime) || 0) * factor);
  if (/iterations/.test(out.executor)) return out;
  if (Array.isArray(out.stages)) out.stages = scaleStages(out.stages, factor);
  else if (out.duration !== undefined) out.duration = text(Math.max(SHORTEST, milliseconds(out.duration) * factor));
  return out;
}

function multiply(target, names, load) {
  for (const name of names) {
    if (typeof target[name] === 'number') target[name] *= load;
  }
}

function scaleLoad(scenario, load) {
  const out = Object.assign({}, scenario);
  const counts = ['vus', 'startVUs', 'rate', 'startRate', 'preAllocatedVUs', 'maxVUs'];
  multiply(out, out.executor === 'shared-iterations' ? [...counts, 'iterations'] : counts, load);
  // executors whose VUs default to one
  if (out.vus === undefined && /^(constant-vus|shared-iterations|per-vu-iterations)$/.test(out.executor)) out.vus = load;
  if (out.iterations === undefined && out.executor === 'shared-iterations') out.iterations = load;
  if (Array.isArray(out.stages)) out.stages = out.stages.map((stage) => Object.assign({}, stage, { target: stage.target * load }));
  return out;
}

function mapped(scenarios, change) {
  const out = {};
  for (const name of Object.keys(scenarios)) out[name] = change(scenarios[name]);
  return out;
}

function fitScenarios(scenarios, round) {
  const ends = Object.keys(scenarios)
    .map((name) => scenarios[name])
    .filter((scenario) => planned(scenario) > 0)
    .map((scenario) => (milliseconds(scenario.startTime) || 0) + planned(scenario));
  const length = Math.max(0, ...ends);
  const factor = round.seconds === null || length === 0 ? 1 : (round.seconds * 1000) / length;
  const timed = factor === 1 ? scenarios : mapped(scenarios, (scenario) => scaleTime(scenario, factor));
  return round.load === 1 ? timed : mapped(timed, (scenario) => scaleLoad(scenario, round.load));
}

// The short forms: vus, duration, iterations, stages.
function fitShortForm(out, round) {
  if (Array.isArray(out.stages) && out.stages.length > 0) {
    const length = sum(out.stages);
    if (round.seconds !== null && length > 0) out.stages = scaleStages(out.stages, (round.seconds * 1000) / length);
    out.stages = out.stages.map((stage) => Object.assign({}, stage, { target: stage.target * round.load }));
  } else if (out.iterations === undefined && round.seconds !== null) {
    // also a script without any load options, which k6 alone would play once
    out.duration = text(Math.max(SHORTEST, round.seconds * 1000));
  }
  if (out.iterations !== undefined) out.iterations *= round.load;
  // k6 refuses a duration without vus; where VUs are not told it takes one
  if (out.vus !== undefined || out.duration !== undefined || round.load !== 1) out.vus = (out.vus === undefined ? 1 : out.vus) * round.load;
}

function withoutAbort(thresholds) {
  const out = {};
  for (const name of Object.keys(thresholds)) {
    out[name] = [].concat(thresholds[name]).map((limit) =>
      typeof limit === 'object' && limit !== null ? Object.assign({}, limit, { abortOnFail: false }) : limit);
  }
  return out;
}

export function derive(options, round) {
  const out = Object.assign({}, options);
  out.tags = Object.assign({}, out.tags, round.tags);
  if (out.scenarios && Object.keys(out.scenarios).length > 0) out.scenarios = fitScenarios(out.scenarios, round);
  else fitShortForm(out, round);
  if (out.rps) out.rps *= round.load;
  if (out.thresholds) out.thresholds = round.thresholds ? withoutAbort(out.thresholds) : {};
  delete out.linger; // would keep k6 from ending
  delete out.paused; // would keep it from starting
  return out;
}
