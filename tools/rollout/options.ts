import { parseArgs } from 'node:util';
import { BALANCERS, defaultBalancer, type BalancerName } from './balancer/balancer';
import { SABOTAGES, type SabotageName } from './sabotage';
import { SCENARIO_NAMES, type ScenarioName } from './scenarios';

export interface RolloutOptions {
  help: boolean;
  overlay: string;
  speed: number;
  /** In the manifest's time; undefined: two seconds, or what shows the sabotage. */
  propagationMs: number | undefined;
  balancer: BalancerName;
  only: ScenarioName[];
  sabotage: SabotageName | undefined;
  /** Requests a second. */
  rate: number;
  quick: boolean;
  /** At the beginning of each scenario; undefined: the scenario's own number. */
  pods: number | undefined;
  json: string | undefined;
  picture: string | undefined;
}

const PICTURE = 'dist/rollout/rollout.svg';
const DEFAULTS = { overlay: 'prod', speed: '5', rate: '60' };

export function usage(): string {
  const sabotages = Object.entries(SABOTAGES).map(([name, { about }]) => `    ${name.padEnd(20)}${about}`);
  return `npm run rollout                     every scenario: ${SCENARIO_NAMES.join(', ')}
  --only restart,drain              only these
  --overlay prod                    whose timings, limits and settings are played: probes, surge, preStop, grace, ...
  --speed 5                         divides the waits: probe periods and delays, minReadySeconds, preStop, grace, propagation,
                                    SHUTDOWN_DRAIN_MS, SHUTDOWN_TIMEOUT_MS, back-off, the length of slow requests. Not divided:
                                    time-outs of probes and clients, HTTP_* limits, what a process needs to start
  --propagation 2s                  how long a change of the endpoints is on its way to the balancer, before --speed
  --balancer haproxy|builtin        haproxy if there is one; builtin is TCP only, like kube-proxy
  --rate 60                         requests a second
  --pods 6                          at the beginning of each scenario
  --quick                           fewer pods, shorter
  --json FILE                       also writes the figures
  --picture FILE                    the timeline as SVG; ${PICTURE} if not given
  --sabotage NAME                   shows that the proof can fail; propagation takes longer than what is left, if not given:
${sabotages.join('\n')}
  --help                            this text

About 100 s; 50 s with --quick; seven minutes with --speed 1. Starts a Postgres and a Redis of its own; 127.0.0.1 only.
Exit code 0 when no request failed, else 1.`;
}

/** @throws Error naming the argument that is not known */
export function parseOptions(args: string[]): RolloutOptions {
  const { values } = parse(args);
  return {
    help: values.help ?? false,
    overlay: values.overlay,
    speed: positive('speed', values.speed),
    propagationMs: values.propagation === undefined ? undefined : duration(values.propagation),
    balancer:
      values.balancer === undefined ? defaultBalancer() : oneOf('balancer', values.balancer, BALANCERS),
    only: (values.only?.split(',') ?? SCENARIO_NAMES).map((name) => oneOf('scenario', name, SCENARIO_NAMES)),
    sabotage:
      values.sabotage === undefined
        ? undefined
        : oneOf('sabotage', values.sabotage, Object.keys(SABOTAGES) as SabotageName[]),
    rate: positive('rate', values.rate),
    quick: values.quick ?? false,
    pods: values.pods === undefined ? undefined : Math.ceil(positive('pods', values.pods)),
    json: values.json,
    picture: values.picture ?? PICTURE,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h' },
        overlay: { type: 'string', default: DEFAULTS.overlay },
        speed: { type: 'string', default: DEFAULTS.speed },
        propagation: { type: 'string' },
        balancer: { type: 'string' },
        only: { type: 'string' },
        sabotage: { type: 'string' },
        rate: { type: 'string', default: DEFAULTS.rate },
        quick: { type: 'boolean' },
        pods: { type: 'string' },
        json: { type: 'string' },
        picture: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}: see npm run rollout -- --help`, { cause: error });
  }
}

function oneOf<Name extends string>(what: string, text: string, known: readonly Name[]): Name {
  const name = known.find((each) => each === text);
  if (name === undefined) throw new Error(`There is no ${what} "${text}": there are ${known.join(', ')}`);
  return name;
}

function positive(what: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new Error(`--${what} must be a number above 0`);
  return value;
}

/** `500ms`, `2s`, `2`. */
function duration(text: string): number {
  const [, amount = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text) ?? [];
  if (amount === '') throw new Error('--propagation must be a duration such as 2s or 500ms');
  return Number(amount) * (unit === 'ms' ? 1 : 1000);
}
