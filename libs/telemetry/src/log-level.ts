import { Logger } from '@nestjs/common';
import { pino } from 'pino';
import type { LOG_LEVELS } from './variables';

export type Level = (typeof LOG_LEVELS)[number];

/** What an operator is shown. */
export interface LevelView {
  level: string;
  /** LOG_LEVEL, which is the level again after `until`. */
  configured: string;
  /** ISO 8601; undefined while the level is the configured one. */
  until?: string;
}

const MS_PER_SECOND = 1000;

/** The level of a process's log: the configured one, or for some time another. */
export class LogLevel {
  private readonly logger = new Logger('LogLevel');
  private log: { level: Level } = { level: 'silent' };
  private configured: Level = 'silent';
  private until: Date | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param log has the configured level */
  govern(log: { level: Level }): void {
    this.log = log;
    this.configured = log.level;
  }

  get view(): LevelView {
    const until = this.until?.toISOString();
    return { level: this.log.level, configured: this.configured, ...(until !== undefined && { until }) };
  }

  /** The configured one is for good. */
  set(level: Level, seconds: number): void {
    clearTimeout(this.timer);
    if (level === this.configured) {
      this.restore();
      return;
    }
    this.until = new Date(Date.now() + seconds * MS_PER_SECOND);
    this.timer = setTimeout(() => this.restore(), seconds * MS_PER_SECOND).unref();
    this.change(level, `log level is ${level} until ${this.until.toISOString()}`);
  }

  private restore(): void {
    this.until = undefined;
    this.change(this.configured, `log level is ${this.configured} again`);
  }

  /** Told while the more talkative of the two holds. */
  private change(level: Level, msg: string): void {
    const quieter = severity(level) > severity(this.log.level);
    if (quieter) this.logger.log({ msg });
    this.log.level = level;
    if (!quieter) this.logger.log({ msg });
  }
}

/** No line is as severe as `silent`. */
export function severity(level: Level): number {
  return pino.levels.values[level] ?? Number.POSITIVE_INFINITY;
}

/** A process has one log. */
export const logLevel = new LogLevel();
