export { Database } from './database';
export type { DedicatedConnection } from './database';
export { DatabaseModule } from './database.module';
export type { DatabaseOptions } from './database.module';
export { migrate, MIGRATION_CONNECTIONS } from './migrate';
export type { MigrateOptions } from './migrate';
export type { DatabaseSchema } from './data-source';
export { databaseVariables, migrationVariables } from './variables';
export type { DatabaseConfig, MigrationConfig } from './variables';
