import { type ReactNode, useState } from "react";

import type { DemoToken } from "./tokens";

interface Props {
  demoTokens: readonly DemoToken[];
  onToken: (token: string) => void;
  role: ReactNode;
  token: ReactNode;
  paste: string;
}

/** Who asks: a role of the demo, or a token pasted by hand, which then wins. */
export function WhoAsks({ demoTokens, onToken, role, token, paste }: Props) {
  const [chosen, setChosen] = useState(demoTokens[0]?.token ?? "");
  const [pasted, setPasted] = useState("");
  return (
    <>
      {demoTokens.length > 0 && (
        <label>
          {role}
          <select
            name="role"
            value={chosen}
            disabled={pasted !== ""}
            onChange={({ target }) => {
              setChosen(target.value);
              onToken(target.value);
            }}
          >
            {demoTokens.map((one) => (
              <option key={one.label} value={one.token}>
                {one.label}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {token}
        <input
          name="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder={paste}
          value={pasted}
          onChange={({ target }) => {
            const text = target.value.trim().replace(/^Bearer\s+/i, "");
            setPasted(text);
            onToken(text || chosen);
          }}
        />
      </label>
    </>
  );
}
