import { useGraphiQL } from "@graphiql/react";
import { useMemo } from "react";

import { readSources, type SourceRow, verdictOf } from "./sources";

/** Under the answer: which source did what, and loudly which one is missing. */
export function SourcesPanel() {
  const response = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.response);
  const rows = useMemo(() => readSources(response), [response]);
  if (rows.length === 0) return null;
  return (
    <details className="explorer-sources" open>
      <summary>
        <Verdicts rows={rows} />
      </summary>
      <div className="explorer-sources-scroll">
        <table>
          <thead>
            <tr>
              <th>Source</th>
              <th>Status</th>
              <th>Field</th>
              <th>Latency</th>
              <th>Age</th>
              <th>Rows</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.path} ${row.name} ${row.status}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Verdicts({ rows }: { rows: readonly SourceRow[] }) {
  const names = (verdict: string) => [
    ...new Set(rows.filter((row) => verdictOf(row.status) === verdict).map((row) => row.name)),
  ];
  const all = new Set(rows.map((row) => row.name)).size;
  const missing = names("missing");
  const partial = names("partial");
  return (
    <span role="status">
      <b>
        <span lang="zh-CN">来源</span> Sources {all}
      </b>
      {missing.length > 0 && <em data-verdict="missing">missing: {missing.join(", ")}</em>}
      {partial.length > 0 && <em data-verdict="partial">partial: {partial.join(", ")}</em>}
      {missing.length + partial.length === 0 && <em data-verdict="ok">all answered</em>}
    </span>
  );
}

function Row({ row }: { row: SourceRow }) {
  return (
    <tr data-source={row.name} data-status={row.status} title={row.message ?? undefined}>
      <td>{row.name}</td>
      <td>
        <em data-verdict={verdictOf(row.status)}>{row.status || "?"}</em>
        {row.message !== null && <small> {row.message}</small>}
      </td>
      <td>
        {row.path}
        {row.times > 1 && ` ×${row.times}`}
      </td>
      <td>{duration(row.latencyMs)}</td>
      <td>{duration(row.ageMs)}</td>
      <td>{row.count ?? "–"}</td>
    </tr>
  );
}

function duration(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
