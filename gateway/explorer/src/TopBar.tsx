import { useState } from "react";

import icon from "./icon.svg";
import type { DemoToken } from "./tokens";

interface Props {
  demoTokens: readonly DemoToken[];
  onToken: (token: string) => void;
}

/** Who asks: a role of the demo, or a token pasted by hand, which then wins. */
export function TopBar({ demoTokens, onToken }: Props) {
  const [role, setRole] = useState(demoTokens[0]?.token ?? "");
  const [pasted, setPasted] = useState("");

  return (
    <header className="explorer-bar graphiql-container">
      <img src={icon} alt="" width="24" height="24" />
      <h1>
        Santong <span lang="zh-CN">三通</span>
      </h1>
      <a href="./sales">
        Flash sales <span lang="zh-CN">秒杀</span>
      </a>
      <form onSubmit={(event) => event.preventDefault()}>
        {demoTokens.length > 0 && (
          <label>
            Role <span lang="zh-CN">角色</span>
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
          Token <span lang="zh-CN">令牌</span>
          <input
            name="token"
            type="password"
            autoComplete="off"
            spellCheck={false}
            placeholder={demoTokens.length > 0 ? "or paste one" : "paste a bearer token"}
            value={pasted}
            onChange={({ target }) => {
              const text = target.value.trim().replace(/^Bearer\s+/i, "");
              setPasted(text);
              onToken(text || role);
            }}
          />
        </label>
      </form>
    </header>
  );
}
