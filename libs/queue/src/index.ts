export { Consumers } from './consumers';
export { HandedBackError } from './handed-back-error';
export type { JobProcessor, RunningJob } from './job-processor';
export { jobOptions, QueueProducer } from './queue-producer';
export { ConsumersModule, QueueModule } from './queue.module';
export { defineQueue } from './define-queue';
export type { QueueDefinition, QueueOptions } from './define-queue';
export type { Schedule } from './schedules';
