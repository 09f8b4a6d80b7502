import 'reflect-metadata';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NamedAlike as Other } from './named-alike.fixture';

@Injectable()
class Clock {
  readonly year = 2026;
}

@Injectable()
class Greeter {
  /** By its type alone: needs the metadata of decorators. */
  constructor(private readonly clock: Clock) {}

  greet(): string {
    return `Hello in ${this.clock.year}`;
  }
}

@Injectable()
class NamedAlike {
  constructor(@Inject(Greeter) readonly greeter: Greeter) {}
}

@Module({ providers: [Clock, Greeter, NamedAlike] })
class GreeterModule {}

/** A small app for the tests of the bundle: prints what they look at. */
async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(GreeterModule, { logger: false });
  const classNames = [GreeterModule, Greeter, NamedAlike, Other].map(({ name }) => name);
  const greeting = app.get(NamedAlike).greeter.greet();
  const { stack } = new Error('where am I?');
  await app.close();
  console.log(JSON.stringify({ greeting, classNames, stack }));
}

void main();
