import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createClient } from "graphql-ws";
import { useEffect, useMemo, useState } from "react";

import { explaining } from "./explain";
import { named } from "./named";
import { PLAN_PLUGIN } from "./PlanPanel";
import { SourcesPanel } from "./SourcesPanel";
import { STARTERS } from "./starters";
import { STARTERS_PLUGIN } from "./StartersPanel";
import { type DemoToken, fetchDemoTokens } from "./tokens";
import { TopBar } from "./TopBar";

const ENDPOINT = new URL("graphql", document.baseURI).href;
// Subscriptions go over a socket of the same origin, opened when the first one runs.
const SOCKET = ENDPOINT.replace(/^http/, "ws");
const PLUGINS = [STARTERS_PLUGIN, PLAN_PLUGIN, HISTORY_PLUGIN];
const FIRST_TABS = STARTERS.slice(0, 2).map(({ query }) => ({ query }));

/** The whole page: who asks (top bar), the question (GraphiQL), who answered (sources). */
export function Explorer() {
  const [demoTokens, setDemoTokens] = useState<readonly DemoToken[] | null>(null);
  const [token, setToken] = useState("");

  useEffect(() => {
    void fetchDemoTokens().then((tokens) => {
      setDemoTokens(tokens);
      setToken(tokens[0]?.token ?? "");
    });
  }, []);

  // A new token makes a new fetcher, and with it GraphiQL reads the schema again.
  const fetcher = useMemo(() => {
    const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
    const wsClient = createClient({ url: SOCKET, connectionParams: headers });
    return explaining(named(createGraphiQLFetcher({ url: ENDPOINT, headers, wsClient })));
  }, [token]);

  if (demoTokens === null) return null;
  return (
    <>
      <TopBar demoTokens={demoTokens} onToken={setToken} />
      <main className="explorer-graph">
        <GraphiQL
          fetcher={fetcher}
          // Without a token the gateway tells nothing, so the schema is not asked for.
          schema={token ? undefined : null}
          defaultTabs={FIRST_TABS}
          plugins={PLUGINS}
          visiblePlugin={STARTERS_PLUGIN}
          schemaDescription
        >
          <GraphiQL.Footer>
            <SourcesPanel />
          </GraphiQL.Footer>
        </GraphiQL>
      </main>
    </>
  );
}
