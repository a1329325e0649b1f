import { useEffect, useMemo, useState } from "react";

import { type DemoToken, fetchDemoTokens } from "../tokens";
import type { Caller } from "./graph";
import { type Language, preferred } from "./words";

export interface Staff {
  demoTokens: readonly DemoToken[];
  setToken: (token: string) => void;
  language: Language;
  setLanguage: (language: Language) => void;
  caller: Caller;
}

/**
 * Who is at a page of these roles, of which a demo offers the first one at once; null until it is
 * known whether this is a demo. `roles` is one value for as long as the page lasts.
 */
export function useStaff(roles: readonly string[]): Staff | null {
  const [demoTokens, setDemoTokens] = useState<readonly DemoToken[] | null>(null);
  const [token, setToken] = useState("");
  const [language, setLanguage] = useState<Language>(preferred);

  useEffect(() => {
    void fetchDemoTokens().then((tokens) => {
      const offered = roles.flatMap((role) => tokens.filter(({ label }) => label === role));
      setDemoTokens(offered);
      setToken(offered[0]?.token ?? "");
    });
  }, [roles]);

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  const caller = useMemo<Caller>(() => ({ token, language }), [token, language]);
  return useMemo(
    () => demoTokens && { demoTokens, setToken, language, setLanguage, caller },
    [demoTokens, language, caller],
  );
}
