"""Who may see what of people: a consumer herself, a guide the members of her stores."""

from capabilities.caller import Role
from capabilities.visibility.policy import Rows, Scope, Scopes
from capabilities.visibility.roles import CONSUMERS, DESK, EVERYONE, OPERATORS, STAFF

FIELDS: Rows = {
    "Query": {
        CONSUMERS: "me",
        STAFF: "member members",
        DESK: "mergePreview unmergePreview",
        OPERATORS: "mergeCandidates",
    },
    "Mutation": {
        DESK: "mergeMembers unmergeMembers",
        OPERATORS: "decideMergeCandidate",
        STAFF: "registerMember updateProfile",
        EVERYONE: "bindMembership",
    },
    "MemberRegistered": {STAFF: "memberId changes"},
    "ProfileUpdated": {STAFF: "memberId changes"},
    "MembershipBound": {EVERYONE: "memberId changes"},
    "MembershipChange": {EVERYONE: "channelCode number state"},
    "MemberChangeDeclined": {EVERYONE: "code path message valid"},
    "Member": {
        EVERYONE: "id oneId displayName phoneMasked status aliases version identities"
        " sources memberships orders coupons",
    },
    "Membership": {
        EVERYONE: "id number programme status sourceStatus tier points benefits joinedAt"
        " homeStoreCode displayName phoneMasked emailMasked source native channel homeStore",
    },
    "MemberIdentity": {EVERYONE: "kind scope valueMasked verified firstSeen lastSeen source"},
    "MembershipReference": {DESK: "channelCode number"},
    "MergePart": {DESK: "memberId memberships version"},
    "MergeBlock": {DESK: "code"},
    "MergePreview": {DESK: "resultingMemberId parts comingAlong blocks"},
    "UnmergePreview": {DESK: "parts"},
    "MembersMerged": {DESK: "mergeId resultingMemberId mergedMemberIds"},
    "MembersUnmerged": {DESK: "parts"},
    "MergeDeclined": {DESK: "code path message blocks"},
    "MergeCandidate": {OPERATORS: "id score state evidence leftId rightId left right"},
    "MergeCandidates": {OPERATORS: "pairs count endCursor hasNextPage"},
    "MergeEvidence": {OPERATORS: "reason kind scope weight"},
    "CandidateDecided": {OPERATORS: "candidateId state mergeId resultingMemberId"},
    "CandidateDeclined": {OPERATORS: "code path message"},
}

_OF_PEOPLE = {
    Role.CONSUMER: Scope.OWN,
    Role.GUIDE: Scope.STORE,
    Role.SERVICE: Scope.BRAND,
    Role.OPERATIONS: Scope.BRAND,
    Role.ADMIN: Scope.BRAND,
}
SCOPES: Scopes = {"Member": _OF_PEOPLE, "Membership": _OF_PEOPLE}
