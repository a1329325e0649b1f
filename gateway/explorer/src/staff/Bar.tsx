import icon from "../icon.svg";
import { WhoAsks } from "../WhoAsks";
import type { Staff } from "./useStaff";
import { BAR, LANGUAGES, type Language, saying } from "./words";

const PAGES = ["sales", "adoption"] as const;

interface Props {
  staff: Staff;
  page: (typeof PAGES)[number];
}

/** The bar of a page of the staff: the other pages, who asks, and in which language. */
export function Bar({ staff, page }: Props) {
  const say = saying(BAR, staff.language);
  return (
    <header>
      <img src={icon} alt="" width="24" height="24" />
      <h1>
        Santong <span lang="zh-CN">三通</span>
      </h1>
      <nav>
        <a href="./">{say("explorer")}</a>
        {PAGES.map((one) => (
          <a key={one} href={`./${one}`} aria-current={one === page ? "page" : undefined}>
            {say(one)}
          </a>
        ))}
      </nav>
      <form onSubmit={(event) => event.preventDefault()}>
        <WhoAsks
          demoTokens={staff.demoTokens}
          onToken={staff.setToken}
          role={say("role")}
          token={say("token")}
          paste={say("pasteToken")}
        />
        <label>
          {say("language")}
          <select
            name="language"
            value={staff.language}
            onChange={({ target }) => staff.setLanguage(target.value as Language)}
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
