import { useCallback, useEffect, useMemo, useState } from "react";

import { Bar } from "../staff/Bar";
import { ask } from "../staff/graph";
import { type Staff, useStaff } from "../staff/useStaff";
import { DefineSale } from "./DefineSale";
import { SALES } from "./documents";
import type { Channel, Listed } from "./records";
import { SaleList } from "./SaleList";
import { SaleView } from "./SaleView";
import { SpeechProvider, speech } from "./speech";

const ROLES = ["OPERATIONS", "ADMIN"];
const LIST_MS = 5_000;
const NEW = "";

/** The page of those who run flash sales: all sales on the left, the chosen one beside them. */
export function SalesPage() {
  const staff = useStaff(ROLES);
  return staff && <Sales staff={staff} />;
}

function Sales({ staff }: { staff: Staff }) {
  const { caller, language } = staff;
  const [sales, setSales] = useState<Listed[]>([]);
  const [channels, setChannels] = useState<Channel[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string | null>(() => named());

  const spoken = useMemo(
    () => speech(language, new Map(channels.map(({ code, name }) => [code, name]))),
    [language, channels],
  );

  const refresh = useCallback(async () => {
    if (caller.token === "") return;
    try {
      const found = await ask<{ flashSales: Listed[]; channels: Channel[] }>(caller, SALES);
      setSales(found.flashSales);
      setChannels(found.channels);
      setTrouble(null);
    } catch (error) {
      setTrouble((error as Error).message);
    }
  }, [caller]);

  useEffect(() => {
    void refresh();
    const again = setInterval(() => void refresh(), LIST_MS);
    return () => clearInterval(again);
  }, [refresh]);

  const choose = useCallback((id: string | null) => {
    setChosen(id);
    // The sale stands in the address: a second person is sent there.
    history.replaceState(null, "", id === null || id === NEW ? "#" : `#${encodeURIComponent(id)}`);
  }, []);

  return (
    <SpeechProvider value={spoken}>
      <Bar staff={staff} page="sales" />
      <main>
        <SaleList
          sales={sales}
          chosen={chosen}
          trouble={caller.token === "" ? spoken.say("needToken") : trouble}
          onChoose={choose}
          onNew={() => choose(NEW)}
        />
        {caller.token === "" ? null : chosen === null ? (
          <p className="empty">{spoken.say("choose")}</p>
        ) : chosen === NEW ? (
          <DefineSale
            caller={caller}
            channels={channels}
            onDefined={(id) => {
              choose(id);
              void refresh();
            }}
          />
        ) : (
          <SaleView
            key={chosen}
            caller={caller}
            id={chosen}
            channels={channels}
            onStep={() => void refresh()}
          />
        )}
      </main>
    </SpeechProvider>
  );
}

function named(): string | null {
  const id = decodeURIComponent(location.hash.slice(1));
  return id === "" ? null : id;
}
