import { isObject, number, objects, parseAnswer, text } from "./answer";

/** One line of the timeline; `ms` is null where nobody waited for the end. */
export interface Span {
  label: string;
  note: string;
  startedMs: number;
  ms: number | null;
}

export interface Lane {
  title: string;
  kind: "question" | "call";
  spans: Span[];
}

/** How an answer came about, as `extensions.plan` tells it. */
export interface AnswerPlan {
  ms: number;
  engine: string;
  fallback: string | null;
  documentCached: boolean;
  planCached: boolean;
  cache: [outcome: string, loads: number][];
  stepsMs: Map<string, number>;
  lanes: Lane[];
}

type Told = Record<string, unknown>;

/** The plan that an answer tells; null where it tells none. */
export function readPlan(response: string | null | undefined): AnswerPlan | null {
  const extensions = parseAnswer(response)?.extensions;
  const plan = isObject(extensions) ? extensions.plan : null;
  if (!isObject(plan)) return null;
  return {
    ms: number(plan.ms) ?? 0,
    engine: text(plan.engine) ?? "?",
    fallback: text(plan.fallback),
    documentCached: plan.documentCached === true,
    planCached: plan.planCached === true,
    cache: numbers(plan.cache),
    stepsMs: new Map(numbers(plan.stepsMs)),
    lanes: lanesOf(plan).filter(({ spans }) => spans.length > 0),
  };
}

/** Why the whole request was refused, in the gateway's words; null where it was not. */
export function readRefusal(response: string | null | undefined): string | null {
  const answer = parseAnswer(response);
  if (answer === null || "data" in answer) return null;
  const refused = objects(answer.errors).find(
    ({ extensions }) => isObject(extensions) && extensions.code === "FORBIDDEN",
  );
  return refused === undefined ? null : text(refused.message);
}

function lanesOf(plan: Told): Lane[] {
  return [
    ...waves(objects(plan.questions)),
    { title: "Calls", kind: "call", spans: objects(plan.calls).map(call) },
  ];
}

function waves(questions: Told[]): Lane[] {
  const found = new Map<number, Span[]>();
  for (const told of questions) {
    const wave = number(told.wave) ?? 1;
    found.set(wave, [...(found.get(wave) ?? []), question(told)]);
  }
  return [...found]
    .sort(([left], [right]) => left - right)
    .map(([wave, spans]) => ({ title: `Wave ${wave}`, kind: "question", spans }));
}

function question(told: Told): Span {
  const path = Array.isArray(told.path) ? told.path : [];
  const times = number(told.times) ?? 1;
  return { label: path.join("."), note: times > 1 ? `× ${times}` : "", ...timesOf(told) };
}

function call(told: Told): Span {
  const keys = number(told.keys) ?? 0;
  const batch = number(told.batch) ?? keys;
  const others = (number(told.requests) ?? 1) - 1;
  const company = others > 0 ? `, with ${counted(others, "other request")}` : "";
  const note = (batch > keys ? `${keys} of ${counted(batch, "key")}` : counted(keys, "key")) + company;
  return { label: `${text(told.source) ?? "?"} ${text(told.port) ?? ""}`, note, ...timesOf(told) };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function timesOf(told: Told): { startedMs: number; ms: number | null } {
  return { startedMs: number(told.startedMs) ?? 0, ms: number(told.ms) };
}

function numbers(told: unknown): [string, number][] {
  return Object.entries(isObject(told) ? told : {}).map(([name, value]) => [
    name,
    number(value) ?? 0,
  ]);
}
