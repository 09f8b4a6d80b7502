import { attempt, type Attempts } from './attempts';

const probes = ['live', 'ready', 'startup'].map((name) => `/health/${name}`);

export const probeAttempts: Attempts = {
  open: probes.map((path) => `GET ${path}`),
  routes: Object.fromEntries(probes.map((path) => [`GET ${path}`, [attempt('asks', path, 200)]])),
};
