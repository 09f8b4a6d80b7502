import { RequestMetrics } from '@kubernest/telemetry';
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';

/** What `configureHttp` takes from the app. */
@Module({ imports: [DiscoveryModule], providers: [RequestMetrics] })
export class HttpModule {}
