/** What the page asks of the graph: everything on it is also an operation of anybody's client. */

const GATES = "gates { name required observed ok shortened remedy }";
const TREND = "trend(hours: $hours) { at compared mismatched }";
const STANDING = `channelCode capability state fromState readPoints writePoints version evidenceAt
  ${TREND} next { target profile ok ${GATES} }`;

export const ADOPTIONS = `query Adoptions($profile: String!, $hours: Int!) {
  channels { code name }
  adoptions(profile: $profile) { ${STANDING} }
}`;

export const ADOPTION = `query Adoption(
  $channel: String!, $capability: Capability!, $profile: String!, $hours: Int!
) {
  adoption(channel: $channel, capability: $capability, profile: $profile) {
    ${STANDING} conflictPolicy frozen owner reviewOn
    history {
      version at author reason fromState state readPoints writePoints automatic ${GATES}
    }
    comparison {
      since classes { class count }
      fields { field critical compared mismatched lag expected }
      samples { at field class legacy platform }
    }
  }
}`;

/** The mutations by their names, with the type of their input. */
export const STEPS = {
  promoteAdoption: "PromoteAdoptionInput",
  setAdoptionPercent: "SetAdoptionPercentInput",
  rollbackAdoption: "RollbackAdoptionInput",
  haltAdoption: "AdoptionInput",
  resumeAdoption: "ResumeAdoptionInput",
  keepLegacy: "KeepLegacyInput",
  routeAdoption: "RouteAdoptionInput",
  signAdoption: "SignAdoptionInput",
  acknowledgeDiff: "AcknowledgeDiffInput",
} as const;

export type Step = keyof typeof STEPS;

export function mutation(step: Step): string {
  return `mutation Step($input: ${STEPS[step]}!) { done: ${step}(input: $input) {
    __typename ... on UserError { code message } ... on AdoptionRefused { detail ${GATES} }
  } }`;
}
