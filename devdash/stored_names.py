"""Words in tables that one layer stores and others read: metrics, tags of tokens. Each stands once.

One that is misspelt is an error then, and not an empty figure.
"""

BIGRAM, ICL, MSE = "bigram score", "ICL score", "MSE"
PREVIOUS_TOKEN, CURRENT_TOKEN = "previous-token score", "current-token score"
PREFIX_MATCHING, CHANCE = "prefix-matching score", "chance of prefix matching"
COMPOSITION = "K-composition"
MEMORISED, MIGRATING = "memorised multigrams", "migrating multigrams"
HESSIAN, FISHER, GAUSS_NEWTON = "Hessian trace", "empirical Fisher trace", "Gauss–Newton trace"
NORM = "weight norm"
BASELINES = (HESSIAN, FISHER, GAUSS_NEWTON, NORM)  # what λ̂ of a head is compared with
GAIN, TOKEN_SHARE, POSITION_SHARE = "layer-norm gain", "embedding share", "position share"
AGREEMENT, APART = "agreement of susceptibilities", "agreement of susceptibilities, common mode removed"
BY_NEIGHBOURS, MAJORITY = "kinds told by neighbours", "kinds told by neighbours, majority"
INFLUENCES = "agreement of influences"

TAGS = ("all", "induction", "bracket", "nested bracket", "bigram", "n-gram", "skip n-gram", "other")
