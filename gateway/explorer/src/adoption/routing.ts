import type { Speech } from "./speech";

/** Who goes before the percentage, and which parts of a record lag behind. */
export interface Routing {
  stores: readonly string[];
  members: readonly string[];
  labels: readonly string[];
  laggingFields: readonly string[];
}

export const LISTS = ["stores", "members", "labels"] as const;
export type List = (typeof LISTS)[number];

/** Names as they are typed: one a line, or with commas or spaces between them. */
export function namesIn(text: string): string[] {
  return [...new Set(text.split(/[\s,，、;；]+/).filter((one) => one !== ""))].sort();
}

/** The lists that are others than before; null where none is. */
export function changed(before: Routing, after: Routing): Partial<Routing> | null {
  const fresh = Object.fromEntries(
    [...LISTS, "laggingFields" as const]
      .filter((list) => added(before[list], after[list]).length + added(after[list], before[list]).length > 0)
      .map((list) => [list, after[list]]),
  ) as Partial<Routing>;
  return Object.keys(fresh).length === 0 ? null : fresh;
}

function added(before: readonly string[], after: readonly string[]): string[] {
  return after.filter((one) => !before.includes(one));
}

/** What a change of the lists means, in sentences. */
export function rerouted(before: Routing, fresh: Partial<Routing>, { say, part }: Speech): string[] {
  const told = LISTS.flatMap((list) => {
    const after = fresh[list] ?? before[list];
    const [come, go] = [added(before[list], after), added(after, before[list])];
    return [
      ...(come.length > 0 ? [say("comesFirst", say(list), come.join(", "))] : []),
      ...(go.length > 0 ? [say("comesNoMore", say(list), go.join(", "))] : []),
    ];
  });
  const lagging = fresh.laggingFields ?? before.laggingFields;
  const [lags, follows] = [added(before.laggingFields, lagging), added(lagging, before.laggingFields)];
  return [
    ...told,
    ...lags.map((one) => say("lagsNow", part(one))),
    ...follows.map((one) => say("lagsNoMore", part(one))),
  ];
}
