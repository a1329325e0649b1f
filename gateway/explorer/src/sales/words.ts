/** Every word of the page, in both languages; `{}` takes a number or a name. */

export const LANGUAGES = { "zh-CN": "中文", en: "English" } as const;
export type Language = keyof typeof LANGUAGES;

const WORDS = {
  title: ["秒杀", "Flash sales"],
  explorer: ["图查询", "Explorer"],
  role: ["角色", "Role"],
  token: ["令牌", "Token"],
  pasteToken: ["粘贴令牌", "paste a token"],
  language: ["语言", "Language"],
  needToken: ["请先选择角色或粘贴令牌。", "Choose a role or paste a token first."],
  newSale: ["新建秒杀", "New sale"],
  noSales: ["还没有秒杀活动。", "There are no flash sales yet."],
  choose: ["请选择一个活动，或新建一个。", "Choose a sale, or define a new one."],
  waitsHere: ["有待确认的操作", "something waits for a second person"],
  live: ["实时", "live"],
  connecting: ["正在连接", "connecting"],
  cut: ["已断开，正在重连", "cut off, connecting again"],
  over: ["已结束", "over"],
  until: ["至", "to"],
  each: ["每人限购 {}", "{} a person"],
  payWithin: ["{} 分钟内付款", "{} min to pay"],
  supply: ["可售 {}（在手 {}，安全库存 {}，他处占用 {}）", "{} sellable ({} on hand, {} safety, {} elsewhere)"],
  // states
  DRAFT: ["草稿", "Draft"],
  PRELOADED: ["已预热", "Preloaded"],
  OPEN: ["进行中", "Open"],
  PAUSED: ["已暂停", "Paused"],
  CLOSED: ["已结束", "Ended"],
  RECONCILED: ["已对账", "Reconciled"],
  // steps
  steps: ["操作", "Steps"],
  preloadFlashSale: ["预热", "Preload"],
  rehearseFlashSale: ["演练", "Rehearse"],
  openFlashSale: ["提议开售", "Propose opening"],
  pauseFlashSale: ["暂停", "Pause"],
  resumeFlashSale: ["恢复", "Resume"],
  endFlashSale: ["结束", "End"],
  reconcileFlashSale: ["对账", "Reconcile"],
  sure: ["确定要{}“{}”吗？", "{} “{}”?"],
  endMeans: ["结束后不再出售，已预订者仍可付款。此操作不可撤销。", "It sells no more; who has a reservation may still pay. This cannot be taken back."],
  reconcileMeans: ["未售库存将退回，活动就此完成。此操作不可撤销。", "What nobody bought goes back and the sale is done. This cannot be taken back."],
  yes: ["确定", "Yes"],
  cancel: ["取消", "Cancel"],
  rate: ["每秒放行人数（0 为不限）", "Let in each second (0 = all)"],
  setRate: ["更改", "Change"],
  topUp: ["追加库存", "Top up"],
  proposeTopUp: ["提议追加", "Propose"],
  transfer: ["调拨库存", "Transfer stock"],
  toppedUp: ["追加库存已提议，等待第二人确认", "top-up proposed; a second person confirms it"],
  opened: ["开售已提议，等待第二人确认", "opening proposed; a second person confirms it"],
  move: ["调拨", "Move"],
  from: ["从", "from"],
  to: ["到", "to"],
  pieces: ["件数", "pieces"],
  shared: ["共享库存", "shared"],
  done: ["已完成：{}", "Done: {}"],
  // second person
  waiting: ["等待第二人确认", "Waiting for a second person"],
  nothingWaits: ["没有待确认的操作。", "Nothing waits."],
  opening: ["开售", "open the sale"],
  toppingUp: ["向{1}追加 {0} 件", "top up {1} by {0}"],
  proposedBy: ["由 {} 于 {} 提出", "proposed by {} at {}"],
  confirm: ["确认", "Confirm"],
  yours: ["由您提出，须他人确认", "You proposed this; somebody else confirms it"],
  // figures
  remaining: ["剩余", "Left"],
  ofAll: ["共 {}", "of {}"],
  ordersPerSecond: ["每秒订单", "Orders a second"],
  refusalsPerSecond: ["每秒拒绝", "Refusals a second"],
  peak: ["峰值 {}", "peak {}"],
  pending: ["待付款", "Not paid yet"],
  paid: ["已付款", "Paid"],
  released: ["已释放 {}", "{} given back"],
  target: ["活动目标", "Campaign target"],
  noTarget: ["未设目标", "no target"],
  targetUnits: ["件数目标", "Pieces to sell"],
  targetAmount: ["金额目标", "Revenue to bring"],
  progressOf: ["{} / {}（{}%）", "{} of {} ({}%)"],
  stockChart: ["各渠道剩余库存", "Stock left by channel"],
  rateChart: ["每秒订单与拒绝", "Orders and refusals a second"],
  refusals: ["按原因统计的拒绝", "Refusals by reason"],
  noRefusals: ["还没有拒绝。", "Nobody was refused yet."],
  replays: ["另有 {} 次重复提交得到同一预订。", "{} more wishes came again and got the same reservation."],
  RESERVED: ["已预订", "Reserved"],
  SOLD_OUT: ["已售罄", "Sold out"],
  LIMIT_REACHED: ["超过限购", "Limit reached"],
  NOT_OPEN: ["未开售", "Not open"],
  DUPLICATE_REQUEST: ["幂等键冲突", "Key reused"],
  THROTTLED: ["限流", "Throttled"],
  pools: ["库存分布", "Where the stock lies"],
  channel: ["渠道", "Channel"],
  allocated: ["投放", "Put in"],
  buckets: ["分桶（出售中）", "Buckets (selling)"],
  rehearsal: ["最近一次演练", "Last rehearsal"],
  rehearsing: ["演练进行中，至多半分钟…", "It is being rehearsed, for half a minute at most…"],
  rehearsalStarted: ["演练已开始", "the rehearsal has begun"],
  rehearsedBy: ["{} 于 {}", "by {} at {}"],
  rehearsalFailed: ["演练未完成：{}", "It did not end: {}"],
  rehearsedWith: ["{1} 名虚拟用户抢购 {0} 件，预订 {2} 件", "{1} made-up people for {0} pieces; {2} reserved"],
  rehearsedRate: ["每秒 {} 单，{} 秒", "{} orders a second, in {} s"],
  rehearsedTook: ["响应时间 p50 {} 毫秒，p99 {} 毫秒", "answered in {} ms (p50), {} ms (p99)"],
  neverLetIn: ["{} 人未获放行", "{} were never let in"],
  quotas: ["渠道自有购物车的配额", "Quotas that channels sell in their own carts"],
  noQuotas: ["没有下发配额。", "No quota was given out."],
  quotaState: ["状态", "State"],
  given: ["配额", "Given"],
  soldThere: ["已售", "Sold"],
  leftThere: ["渠道剩余", "Left there"],
  tooMany: ["超出 {}", "{} too many"],
  lookedAt: ["{} 读回", "read back at {}"],
  PUSHING: ["下发中", "Being pushed"],
  UNKNOWN: ["未确认", "Not confirmed"],
  ACCEPTED: ["已接受", "Accepted"],
  FAILED: ["失败", "Failed"],
  RETURNING: ["收回中", "Being taken back"],
  RETURNED: ["已收回", "Back"],
  pushFlashQuota: ["下发配额", "Give a quota"],
  pushFlashQuotaAgain: ["重新下发", "Push again"],
  takeBackFlashQuota: ["收回", "Take back"],
  settleFlashQuota: ["人工结清", "Settle by hand"],
  code: ["渠道商品码（选填）", "its code there (optional)"],
  audit: ["审计结论", "The auditor"],
  agrees: ["账实相符", "Everything agrees"],
  faults: ["发现 {} 处不符", "{} faults"],
  auditedAt: ["{} 检查", "checked at {}"],
  notAudited: ["尚未检查", "not checked yet"],
  // definition
  define: ["保存草稿", "Write it down"],
  id: ["编号", "Id"],
  sku: ["商品", "SKU"],
  price: ["价格", "Price"],
  currency: ["币种", "Currency"],
  opensAt: ["开售时间", "Opens"],
  closesAt: ["结束时间", "Closes"],
  stock: ["库存", "Stock"],
  addPool: ["添加渠道配额", "Add a channel’s quota"],
  removePool: ["删除", "Remove"],
  perMember: ["每人限购", "For one person"],
  paymentSeconds: ["付款时限（秒）", "Seconds to pay"],
  fairness: ["排队规则", "Order of the line"],
  ARRIVAL: ["先到先得", "by arrival"],
  LOT: ["开售前抽签", "by lot before the opening"],
  optional: ["选填", "optional"],
  supplyOf: ["库存来源", "Where the stock comes from"],
  onHand: ["在手", "On hand"],
  safety: ["安全库存", "Safety stock"],
  elsewhere: ["他处占用", "Promised elsewhere"],
  targets: ["目标", "Targets"],
} as const satisfies Record<string, readonly [string, string]>;

export type Word = keyof typeof WORDS;
export type Say = (word: Word, ...given: (string | number)[]) => string;

export function isWord(text: string): text is Word {
  return text in WORDS;
}

/** Says words in a language; `{}` takes what is given in order, `{1}` the second of it. */
export function saying(language: Language): Say {
  return (word, ...given) => {
    let next = 0;
    return WORDS[word][language === "en" ? 1 : 0].replace(/\{(\d*)\}/g, (_, place: string) => {
      const value = given[place === "" ? next++ : Number(place)];
      return typeof value === "number" ? value.toLocaleString(language) : (value ?? "");
    });
  };
}

export function preferred(): Language {
  return navigator.language.startsWith("zh") ? "zh-CN" : "en";
}
