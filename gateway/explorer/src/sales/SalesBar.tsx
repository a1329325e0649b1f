import { useState } from "react";

import icon from "../icon.svg";
import type { DemoToken } from "../tokens";
import { useSpeech } from "./speech";
import { LANGUAGES, type Language } from "./words";

interface Props {
  demoTokens: readonly DemoToken[];
  onToken: (token: string) => void;
  language: Language;
  onLanguage: (language: Language) => void;
}

/** Who runs the sales: a role of the demo, or a token pasted by hand, which then wins. */
export function SalesBar({ demoTokens, onToken, language, onLanguage }: Props) {
  const { say } = useSpeech();
  const [role, setRole] = useState(demoTokens[0]?.token ?? "");
  const [pasted, setPasted] = useState("");

  return (
    <header>
      <img src={icon} alt="" width="24" height="24" />
      <h1>
        Santong <span lang="zh-CN">三通</span>
      </h1>
      <nav>
        <a href="./">{say("explorer")}</a>
        <a href="./sales" aria-current="page">
          {say("title")}
        </a>
      </nav>
      <form onSubmit={(event) => event.preventDefault()}>
        {demoTokens.length > 0 && (
          <label>
            {say("role")}
            <select
              name="role"
              value={role}
              disabled={pasted !== ""}
              onChange={({ target }) => {
                setRole(target.value);
                onToken(target.value);
              }}
            >
              {demoTokens.map(({ label, token }) => (
                <option key={label} value={token}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          {say("token")}
          <input
            name="token"
            type="password"
            autoComplete="off"
            spellCheck={false}
            placeholder={say("pasteToken")}
            value={pasted}
            onChange={({ target }) => {
              const text = target.value.trim().replace(/^Bearer\s+/i, "");
              setPasted(text);
              onToken(text || role);
            }}
          />
        </label>
        <label>
          {say("language")}
          <select
            name="language"
            value={language}
            onChange={({ target }) => onLanguage(target.value as Language)}
          >
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code} lang={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </form>
    </header>
  );
}
