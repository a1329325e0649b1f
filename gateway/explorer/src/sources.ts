import { isObject, number, parseAnswer, text } from "./answer";

/** What one source did for the fields at one path of an answer; list positions are folded. */
export interface SourceRow {
  path: string;
  name: string;
  status: string;
  latencyMs: number | null;
  ageMs: number | null;
  count: number | null;
  message: string | null;
  times: number;
}

export type Verdict = "ok" | "partial" | "missing" | "idle";

const VERDICTS: Record<string, Verdict> = {
  OK: "ok",
  STALE: "partial",
  TRUNCATED: "partial",
  SKIPPED: "idle",
};
const URGENCY: readonly Verdict[] = ["missing", "partial", "ok", "idle"];

/** A status that this page does not know is shown as missing: better a false alarm than silence. */
export function verdictOf(status: string): Verdict {
  return VERDICTS[status] ?? "missing";
}

/** Every source that an answer names, in `sources` or in `extensions.warnings`; worst first. */
export function readSources(response: string | null | undefined): SourceRow[] {
  const answer = parseAnswer(response);
  if (answer === null) return [];
  const rows = new Map<string, SourceRow>();
  collect(answer.data, [], rows);
  const extensions = isObject(answer.extensions) ? answer.extensions : {};
  addWarnings(extensions.warnings, rows);
  return [...rows.values()].sort((left, right) => rank(left) - rank(right));
}

function collect(value: unknown, path: readonly string[], rows: Map<string, SourceRow>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, path, rows);
  } else if (isObject(value)) {
    for (const [key, child] of Object.entries(value)) {
      if (key === "sources" && Array.isArray(child)) addReports(child, path, rows);
      else collect(child, [...path, key], rows);
    }
  }
}

function addReports(reports: unknown[], path: readonly string[], rows: Map<string, SourceRow>) {
  for (const report of reports) {
    if (!isObject(report) || typeof report.name !== "string") continue;
    add(rows, {
      path: path.join("."),
      name: report.name,
      status: text(report.status) ?? "",
      latencyMs: number(report.latencyMs),
      ageMs: number(report.ageMs),
      count: number(report.count),
      message: text(report.message),
      times: 1,
    });
  }
}

/** A warning is a row of its own only where no report says already that its source failed. */
function addWarnings(warnings: unknown, rows: Map<string, SourceRow>): void {
  if (!Array.isArray(warnings)) return;
  const told = new Set(
    [...rows.values()].filter((row) => verdictOf(row.status) !== "ok").map((row) => row.name),
  );
  for (const warning of warnings) {
    if (!isObject(warning)) continue;
    const name = text(warning.source) ?? "gateway";
    if (told.has(name)) continue;
    const path = Array.isArray(warning.path)
      ? warning.path.filter((step) => typeof step === "string").join(".")
      : "";
    const status = text(warning.code) ?? "WARNING";
    const message = text(warning.message) ?? (warning.retryable === true ? "retryable" : null);
    const unknown = { latencyMs: null, ageMs: null, count: null };
    add(rows, { path, name, status, message, times: 1, ...unknown });
  }
}

function add(rows: Map<string, SourceRow>, row: SourceRow): void {
  const key = [row.path, row.name, row.status].join("\n");
  const known = rows.get(key);
  if (known === undefined) {
    rows.set(key, row);
    return;
  }
  known.times += 1;
  known.latencyMs = combine(known.latencyMs, row.latencyMs, Math.max);
  known.ageMs = combine(known.ageMs, row.ageMs, Math.max);
  known.count = combine(known.count, row.count, (left, right) => left + right);
  known.message ??= row.message;
}

function combine(
  left: number | null,
  right: number | null,
  how: (left: number, right: number) => number,
): number | null {
  return left === null || right === null ? (left ?? right) : how(left, right);
}

function rank(row: SourceRow): number {
  return URGENCY.indexOf(verdictOf(row.status));
}
