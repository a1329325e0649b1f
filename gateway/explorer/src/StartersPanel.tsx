import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";

import { STARTERS, type Starter } from "./starters";

/** Opens a query in the tab that shows it already, in an empty tab, or in a new one. */
function useOpenStarter(): (starter: Starter) => void {
  const tabs = useGraphiQL((state) => state.tabs);
  const activeTabIndex = useGraphiQL((state) => state.activeTabIndex);
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const { addTab, changeTab } = useGraphiQLActions();

  return ({ query }) => {
    const open = tabs.findIndex((tab) => tab.query === query);
    if (open >= 0) {
      if (open !== activeTabIndex) changeTab(open);
    } else {
      if (queryEditor?.getValue().trim()) addTab();
      queryEditor?.setValue(query);
    }
    queryEditor?.focus();
  };
}

function StartersPanel() {
  const openStarter = useOpenStarter();
  return (
    <section className="explorer-starters" aria-label="Starter queries">
      <h2>
        <span lang="zh-CN">示例查询</span> Starter queries
      </h2>
      <ul>
        {STARTERS.map((starter) => (
          <li key={starter.name}>
            <button type="button" data-starter={starter.name} onClick={() => openStarter(starter)}>
              <strong lang="zh-CN">{starter.zh}</strong>
              <span>{starter.en}</span>
            </button>
          </li>
        ))}
      </ul>
      <p>
        Run with <kbd>Ctrl</kbd>+<kbd>Enter</kbd>. The bar under an answer says what each source
        did.
      </p>
    </section>
  );
}

function StartersIcon() {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.6">
      <path d="M8 4h9M8 10h9M8 16h9" strokeLinecap="round" />
      <path d="M3 2.4 5.4 4 3 5.6zM3 8.4 5.4 10 3 11.6zM3 14.4 5.4 16 3 17.6z" />
    </svg>
  );
}

export const STARTERS_PLUGIN: GraphiQLPlugin = {
  title: "Starter queries",
  icon: StartersIcon,
  content: StartersPanel,
};
