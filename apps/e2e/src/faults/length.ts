/** `npm run faults -- --long`: longer faults, on the product's own time-outs. */
export const LONG = process.env['FAULTS_LONG'] === '1';
