import icon from "./icon.svg";
import type { DemoToken } from "./tokens";
import { WhoAsks } from "./WhoAsks";

interface Props {
  demoTokens: readonly DemoToken[];
  onToken: (token: string) => void;
}

/** The explorer's bar: its name, the pages of the staff, and who asks. */
export function TopBar({ demoTokens, onToken }: Props) {
  return (
    <header className="explorer-bar graphiql-container">
      <img src={icon} alt="" width="24" height="24" />
      <h1>
        Santong <span lang="zh-CN">三通</span>
      </h1>
      <a href="./sales">
        Flash sales <span lang="zh-CN">秒杀</span>
      </a>
      <a href="./adoption">
        Adoption <span lang="zh-CN">接入</span>
      </a>
      <form onSubmit={(event) => event.preventDefault()}>
        <WhoAsks
          demoTokens={demoTokens}
          onToken={onToken}
          role={
            <>
              Role <span lang="zh-CN">角色</span>
            </>
          }
          token={
            <>
              Token <span lang="zh-CN">令牌</span>
            </>
          }
          paste={demoTokens.length > 0 ? "or paste one" : "paste a bearer token"}
        />
      </form>
    </header>
  );
}
