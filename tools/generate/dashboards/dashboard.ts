/* eslint-disable @typescript-eslint/no-deprecated -- every Grafana loads this form from a file; its successor only the newest ones do */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  type Dashboard,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';

export interface Page {
  /** Its address: `/d/<uid>`. */
  uid: string;
  title: string;
  about: string;
  rows: Record<string, Builder<Panel>[]>;
}

const PROMETHEUS = { type: 'prometheus', uid: '$datasource' };

/** With the variables and the look that all have in common. */
export function dashboard({ uid, title, about, rows }: Page): Dashboard {
  const builder = new DashboardBuilder(`Kubernest / ${title}`)
    .uid(uid)
    .description(about)
    .tags(['kubernest'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('namespace')
        .label('Namespace')
        .datasource(PROMETHEUS)
        .query('label_values(build_info, namespace)')
        .refresh(VariableRefresh.OnTimeRangeChanged),
    );
  for (const [name, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(name));
    for (const panel of panels) builder.withPanel(onPrometheus(panel));
  }
  return builder.build();
}

function onPrometheus(panel: Builder<Panel>): Builder<Panel> {
  const built = { ...panel.build(), datasource: PROMETHEUS };
  return { build: () => built };
}
