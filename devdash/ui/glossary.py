"""What words mean and what controls do: for the help of controls, “Words” on each page, and the Glossary."""

TERMS: dict[str, str] = {
    "λ̂": (
        "The estimated local learning coefficient (LLC) at the weights w*: how many directions of weights "
        "the loss constrains there, counted by how fast low-loss weights become rare close to w*. Small: "
        "degenerate, a simple solution. Large: complex. The hat says that it is estimated, from chains "
        "of a sampler."
    ),
    "refined LLC": (
        "λ̂ of a part of the model: only some weights move (one head's, say), or the loss is taken on one "
        "kind of data, or both. It says how complex that part is, or how much of it that data needs."
    ),
    "w*": "The weights at which λ̂ is measured: usually a checkpoint of the training. λ̂ is a learning "
    "coefficient only where w* is a minimum of the loss.",
    "λ of theory": (
        "The learning coefficient that mathematics gives for a system; known for few. At a regular "
        "minimum it is half of the number of weights, else less."
    ),
    "nβ": (
        "How sharply chains see the loss: number of examples times inverse temperature. A resolution, not "
        "an error: a larger nβ sees finer directions. Compare λ̂ at equal nβ only. Usual: n / log n."
    ),
    "γ": "How strongly chains are held near w*. Too small: they leave it; too large: they feel the leash "
    "instead of the loss.",
    "ε": "Step size of the sampler. Too large: λ̂ is biased or the chains diverge; too small: they hardly "
    "move.",
    "R̂": "Whether chains agree: their spread together over that of each alone. 1 is perfect; above 1.1 "
    "they disagree and λ̂ is not converged.",
    "ESS": "Effective sample size: as many independent draws would say as much as all draws of the chains, "
    "which resemble each other.",
    "burn-in": "First draws of a chain, on its way from w*, which are left out.",
    "reliable": (
        "No diagnostic speaks against the number: chains agree, w* is a minimum and they stay in its "
        "valley, steps are short enough. "
        "Otherwise the point is hollow and decides no claim: not converged, not a minimum, or diverged."
    ),
    "curvature": (
        "Where λ̂ grows in proportion to nβ it measures how steep the loss is (nβ tr H / 2γ), not how "
        "degenerate; axes say so in orange."
    ),
    "stage": "A stretch of training between two plateaus of λ̂: there the model becomes more, or less, "
    "complex.",
    "multiplicity": (
        "How often the largest pole of the zeta function that defines λ occurs. Above 1, λ̂ reads low at "
        "finite n, by about log log n / log n."
    ),
    "head": (
        "A part of a transformer's layer that moves information between positions by attention. “1.7” is "
        "head 7 of layer 1; both are counted from 0."
    ),
    "induction": "A head that finds the last place of the present token and copies what followed there.",
    "previous-token": "A head that looks at the token just before.",
    "multigram": (
        "A sequence of tokens that a head learns as a whole: an n-gram, whose tokens are neighbours, or a "
        "skip n-gram, with gaps."
    ),
    "path effect": (
        "Rise in loss, in nats, when one head does not get the output of another: how much the path "
        "between the two carries. 0: nothing."
    ),
    "composition": (
        "How much of a lower head's output an upper head reads, by the weights alone: as keys (K), "
        "queries (Q) or values (V)."
    ),
    "ablation": (
        "A head's output is replaced by its mean (or by 0); the rise in loss says what it was needed for."
    ),
    "susceptibility": "How the loss of a token answers while only one head's weights wander near w*.",
    "osculating circle": (
        "The circle that hugs a curve at a point: small where the path turns sharply. Its centres over "
        "all points form the evolute; a cusp of the evolute is a vertex, where the turn is sharpest."
    ),
    "principal component": (
        "A direction of a high-dimensional path that holds most of its variance; the first few are enough "
        "for a picture."
    ),
    "k-gon": (
        "Weights of the toy model that form a regular polygon of k columns in the plane: critical points "
        "of its loss."
    ),
    "4++": (
        "A 4-gon with two dead columns of positive bias. Each plus sign counts such a column, which makes "
        "the loss a little lower; each minus sign a live column whose output never fires, which makes it "
        "higher."
    ),
    "dead column": (
        "A column of weights that is nearly 0: its feature is not represented, and the bias alone answers "
        "for it."
    ),
    "transition": (
        "A move from one k-gon to another: of SGD at some epoch, of the posterior at some number of "
        "examples n."
    ),
    "free energy": (
        "Minus the logarithm of the evidence near a solution: n·loss + λ log n. The lower one wins; as n "
        "grows, the loss outweighs λ."
    ),
    "ICL score": "Loss late in the context less loss early in it: negative where a model uses the context.",
    "nat": "Unit of loss and of information: 1 nat is 1 / log 2 ≈ 1.44 bits.",
    "verdict of a claim": (
        "Computed by a rule that was fixed before: holds, fails, or undecided where errors are too large "
        "or the run too small."
    ),
}

CONTROLS: dict[str, str] = {  # by the title of a control
    "Run": "A run is a folder of results: one experiment, at one size, from one seed. Another run begins "
    "with its own defaults.",
    "Model": "One of the models that the run trained, often one for each seed.",
    "Step": (
        "The checkpoint that is shown, by its training step: drag, use the arrow keys, click a point of a "
        "chart, or play. It stops where something was measured."
    ),
    "Epoch": "The checkpoint that is shown, by its epoch: drag, use the arrow keys, click a point, or play.",
    "Speed": "How fast Play goes; press for another speed. At 2× and 4× it leaves steps out.",
    "Show": "The part of this page.",
    "Look at": "What is drawn of the chains behind this λ̂.",
    "Log steps": "Steps on a logarithmic axis: most happens early.",
    "Log values": "Values on a logarithmic axis; values of 0 and below are left out.",
    "Log axes": "Both axes logarithmic.",
    "Estimates that are not reliable": "Draws them too, hollow; their number is said in any case.",
    "Log n": "Numbers of examples on a logarithmic axis.",
    "Log first axis": "The first axis logarithmic.",
    "Log second axis": "The second axis logarithmic.",
    "Features c": "Number of features that the toy model has to store in two dimensions.",
    "SGD run": "One training; named by the polygons that it passes.",
    "Observation scale": "How precisely the posterior sees the loss; decides at which n phases change.",
    "Method": "How stages were found on λ̂.",
    "nβ": TERMS["nβ"],
    "Length-scale (decades)": "Over how many decades of steps λ̂ is smoothed before stages are found.",
    "Smoothed λ̂": "The smoothed curve on which the stages were found.",
    "Metrics": "What is drawn beneath, one panel each.",
    "Components": "Which two principal components span the plane.",
    "Other models in the same space": "The paths of the run's other models, in the same components.",
    "Osculating circle and evolute": TERMS["osculating circle"],
    "Text": "One of the texts on which the model was evaluated.",
    "Colour": "What colours mean.",
    "Compare with step": "The earlier checkpoint of the comparison.",
    "λ̂ measured on": "The data, or the other model's outputs, on which the loss is taken (a refined LLC).",
    "Head": TERMS["head"],
    "Attention of": TERMS["head"],
    "Edges": (
        "What joins two heads: the effect of the path between them on the loss, or how much one reads of "
        "the other by the weights alone."
    ),
    "On tokens": "Tokens over which the effect is averaged.",
    "Multigram": TERMS["multigram"],
    "Measure": "What of each head stands beside the multigrams that it has memorised.",
    "Token": "The token whose loss is looked at, by its place in the text.",
    "Map": "Which two of its three dimensions are shown.",
    "Episode": "One game of an agent, step by step.",
    "Input": "The word on the tape, with its right answer.",
    "Wrong entry": "The entry of the table of tuples that is given some mass though it should have none.",
    "Mass e in the wrong entry": (
        "How much of the distribution stands in the wrong entry: 0 is the right code."
    ),
    "Problem": "What the machine has to decide about a word.",
    "Part of the tuple": "What the distribution is over: the symbol written, the next state, or the move.",
    "Examples n": "Number of examples that the posterior has seen.",
    "System": "Which family of models is compared.",
    "Compare along training": "What is varied between the trainings.",
    "Sweeps at training loss": "The training loss at which trainings are compared: how far each has come.",
    "Estimates of": "Which λ̂: of which model and component, on which data, against which target.",
    "Experiment": "Runs of this experiment.",
    "Metric": "Any quantity that runs stored.",
    "Over": "What the horizontal axis is: steps, examples seen, training loss, or any other metric.",
    "Group by": "Series of a group are drawn in one colour; with “mean” as one line with its spread.",
    "Spread": "Around the mean of a group: its standard deviation, or the standard error of the mean.",
    "Smooth": "A running mean over so many neighbouring points; 1: nothing is smoothed.",
    "Series": (
        "What is compared: type to search, click to add. One series is one metric of one component of one "
        "model of a run."
    ),
    "Search": "Runs, metrics, heads, tokens, multigrams and claims, by any part of their name.",
    "Verdict": TERMS["verdict of a claim"],
    "Paper": "The paper that states it.",
    "Verdicts": TERMS["verdict of a claim"],
    "Entity": "The thing on the board whose attention is shown.",
    "Runs": "Runs whose claims are listed; none chosen: all.",
    "Runs of": "Runs of these experiments alone; none chosen: all.",
}


def about(title: str) -> str | None:
    """What a control of this title does."""
    return CONTROLS.get(title)
