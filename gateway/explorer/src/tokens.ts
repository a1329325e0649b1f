export interface DemoToken {
  label: string;
  token: string;
}

/** The demo's tokens, one a role; none where the gateway is no demo (404) or does not answer. */
export async function fetchDemoTokens(): Promise<readonly DemoToken[]> {
  try {
    const response = await fetch(new URL("explorer/tokens", document.baseURI));
    if (!response.ok) return [];
    const body = (await response.json()) as { tokens?: DemoToken[] };
    return body.tokens ?? [];
  } catch {
    return [];
  }
}
