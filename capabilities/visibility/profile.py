"""Who may see what is known of people beyond their memberships: staff's own words are staff's."""

from capabilities.caller import Role
from capabilities.visibility.policy import Rows, Scope, Scopes
from capabilities.visibility.roles import EVERYONE, OPERATORS, STAFF

FIELDS: Rows = {
    "Query": {
        STAFF: "newProductRecommendations declaredAttributes",
        OPERATORS: "segments segment previewSegment suggestions suggestionCounts",
    },
    "Mutation": {
        EVERYONE: "submitSuggestion",
        STAFF: "tagMember untagMember recordTouch",
        OPERATORS: "saveSegment removeSegment mergeSuggestions decideSuggestion",
    },
    "Member": {EVERYONE: "attributes stats affinity tags touches"},
    "ProfileAttribute": {
        EVERYONE: "key value personal source observedAt confidence survivorship rulesVersion"
    },
    "DeclaredAttribute": {STAFF: "key type values personal writable survivorship"},
    "DerivedInput": {EVERYONE: "name value"},
    "ChannelStatistics": {
        EVERYONE: "channelCode channel orders netAmount firstAt lastAt averageBasket averageGapDays"
    },
    "MemberStatistics": {EVERYONE: "channels computedAt modelVersion inputs"},
    "CategoryAffinity": {EVERYONE: "category share score orders lastAt"},
    "MemberAffinity": {EVERYONE: "categories computedAt modelVersion inputs"},
    "MemberTag": {EVERYONE: "tag author taggedAt expiresAt"},
    "Touch": {
        EVERYONE: "source reference direction kind medium template campaign at plannedAt sentAt"
        " outcome score channelCode channel",
        STAFF: "cost notSentReason",
    },
    "ProductRecommendation": {STAFF: "sku product reason"},
    "RecommendationReason": {STAFF: "category share orders lastAt text"},
    "MemberTagged": {STAFF: "memberId tags"},
    "TagDeclined": {STAFF: "code path message"},
    "TouchRecorded": {STAFF: "reference"},
    "TouchDeclined": {STAFF: "code path message"},
    "ProductSuggestion": {
        OPERATORS: "id source reference text submittedAt author status productCode product member"
        " duplicateOf resembles similarity duplicates decidedBy decidedAt",
    },
    "ProductSuggestionPage": {OPERATORS: "nodes pageInfo totalCount"},
    "SuggestionCount": {OPERATORS: "productCode suggestions distinct"},
    "SuggestionSubmitted": {EVERYONE: "id"},
    "SuggestionDeclined": {OPERATORS: "code path message"},
    "Segment": {
        OPERATORS: "name title version definition author reason changedAt words",
    },
    "SegmentPreview": {OPERATORS: "count words"},
    "SegmentUnknown": {OPERATORS: "code path message"},
}
# A consumer is not shown what staff call her: her list is empty.
SCOPES: Scopes = {
    "MemberTag": {
        Role.GUIDE: Scope.STORE,
        Role.SERVICE: Scope.BRAND,
        Role.OPERATIONS: Scope.BRAND,
        Role.ADMIN: Scope.BRAND,
    }
}
