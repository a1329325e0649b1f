import { isObject } from "../answer";

const ENDPOINT = new URL("graphql", document.baseURI).href;

export interface Caller {
  token: string;
  language: string;
}

/** Why the gateway did not answer, in words that it wrote or for a connection that is gone. */
export class NotAnswered extends Error {}

/** A subscription that was cut off: it may go on where it was. */
export class Cut extends NotAnswered {}

function headersOf({ token, language }: Caller, accept: string): Record<string, string> {
  return {
    Accept: accept,
    "Accept-Language": language,
    Authorization: `Bearer ${token}`,
    "Content-Type": "application/json",
  };
}

function dataOf<T>(body: unknown): T {
  const errors = isObject(body) && Array.isArray(body.errors) ? body.errors : [];
  const [first] = errors as { message?: string }[];
  if (first !== undefined) throw new NotAnswered(first.message ?? "?");
  if (!isObject(body) || !isObject(body.data)) throw new NotAnswered("no answer");
  return body.data as T;
}

/** The data of an answer; NotAnswered for one with an error, which nothing here expects. */
export async function ask<T>(
  caller: Caller,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<T> {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: headersOf(caller, "application/json"),
    body: JSON.stringify({ query, variables }),
  });
  return dataOf<T>(await response.json());
}

/**
 * Every answer of a subscription, over server-sent events, until it is complete or aborted;
 * `opened` is called once the gateway follows.
 */
export async function follow<T>(
  caller: Caller,
  query: string,
  variables: Record<string, unknown>,
  signal: AbortSignal,
  heard: (data: T) => void,
  opened: () => void = () => undefined,
): Promise<void> {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: headersOf(caller, "text/event-stream"),
    body: JSON.stringify({ query, variables }),
    signal,
  });
  if (!response.ok || response.body === null) dataOf(await response.json());
  opened();
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: "" };
    if (done) throw new Cut("the stream was cut");
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      if (event.startsWith("event: complete")) return;
      const line = event.split("\n").find((one) => one.startsWith("data: "));
      if (line !== undefined) heard(dataOf<T>(JSON.parse(line.slice("data: ".length))));
    }
  }
}
