/** Reading an answer of which nothing is certain: a tab may hold any text. */

export function parseAnswer(response: string | null | undefined): Record<string, unknown> | null {
  try {
    const answer = JSON.parse(response ?? "") as unknown;
    return isObject(answer) ? answer : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

export function number(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
