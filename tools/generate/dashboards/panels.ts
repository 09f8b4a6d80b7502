import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type Panel, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

export const WORKERS = 'namespace="$namespace",pod=~"worker-.*"';
const HEIGHT = 8;
/** Of the 24 columns of a dashboard. */
const WIDTH = 12;
const REF_IDS = 'ABCDEFGH';

export interface Question {
  /** As the engineer on call asks it. */
  question: string;
  /** What the answer means, and from where on it is a bad one. */
  about: string;
  /** One of Grafana's: `reqps`, `s`, `percentunit`, `bytes`, `short`. */
  unit: string;
  /** PromQL by legend. */
  queries: Record<string, string>;
  width?: number;
}

export interface StateQuestion extends Question {
  /** What each value of the queries means. */
  states: Record<number, { text: string; color: string }>;
}

type Target = DataqueryBuilder;
interface AnyPanel<Self> extends Builder<Panel> {
  title(title: string): Self;
  description(description: string): Self;
  unit(unit: string): Self;
  height(height: number): Self;
  span(width: number): Self;
  targets(targets: Target[]): Self;
}

/** A course over time. */
export function graph(question: Question): TimeseriesBuilder {
  const panel = new TimeseriesBuilder().min(0).fillOpacity(10).legend(new VizLegendOptionsBuilder());
  return filled(panel, question);
}

/** The number of now. */
export function figure(question: Question): StatBuilder {
  return filled(new StatBuilder(), question);
}

/** In which state each of several things was, and when. */
export function states({ states: meanings, ...question }: StateQuestion): StateTimelineBuilder {
  const mapping: ValueMapping = { type: MappingType.ValueToText, options: meanings };
  return filled(new StateTimelineBuilder().mappings([mapping]).mergeValues(true), question);
}

function filled<Self extends AnyPanel<Self>>(panel: Self, question: Question): Self {
  const targets = Object.entries(question.queries).map(([legend, expr], index) =>
    new DataqueryBuilder()
      .refId(REF_IDS[index] ?? 'Z')
      .expr(expr)
      .legendFormat(legend),
  );
  return panel
    .title(question.question)
    .description(question.about)
    .unit(question.unit)
    .height(HEIGHT)
    .span(question.width ?? WIDTH)
    .targets(targets);
}
