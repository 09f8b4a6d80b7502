export { ConfigError, loadConfig, loadConfigOrExit, EXIT_CONFIG } from './load-config';
export type { Config, Environment } from './load-config';
export { boolean, duration, integer, listOf, oneOf, text, url } from './schemas';
export { composeVariables, defineVariables, environmentVariables } from './variables';
export type { ConfigOf, Rule, Variable, VariableSet } from './variables';
