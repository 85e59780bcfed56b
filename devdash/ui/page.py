"""What a page says of itself, once: navigation, links from claims, empty states and tests follow from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LANGUAGE, IN_CONTEXT, TOYS, TOOLS = "Language", "In context", "Toy models", "Tools"
SECTIONS = ("", LANGUAGE, IN_CONTEXT, TOYS, TOOLS)  # of the sidebar, in order


@dataclass(frozen=True)
class Section:
    """A part of a page that is shown by itself.

    title: in the picker. draw: shows it; its arguments are the page's affair. figures: those that stand
    here, which claims link to. also: figures of other sections that are drawn here too.
    """

    title: str
    draw: Callable[..., None]
    figures: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """The page that a file of devdash/views declares as PAGE, beside its render().

    title: in the sidebar. heading: at the top. order: in the sidebar, the lowest first. lead: what it
    shows, in a plain sentence. section: of the sidebar, one of SECTIONS. words: terms of the glossary that
    the page uses. compute: the experiments to compute where there is nothing to show, the one whose
    runs it shows last; none: any. needs: the query that lists the runs (or else the rows) it can show;
    without one, those of the experiment. one_run: it shows one run, which render(run) gets; else render()
    gets none. paper: arXiv numbers, where they are not the run's, each with the figure that the
    page is after: "2410.02984 (Figure 1)". figures: those of all sections. sections:
    by the name that stands in the address; picker: label and key of the control that chooses one.
    aliases: former addresses, which open it too.
    """

    title: str
    heading: str
    icon: str
    order: int
    lead: str
    section: str = TOOLS
    words: tuple[str, ...] = ()
    compute: tuple[str, ...] = ()
    needs: str = ""
    one_run: bool = True
    paper: str = ""
    figures: tuple[str, ...] = ()
    sections: Mapping[str, Section] = field(default_factory=dict)
    picker: tuple[str, str] = ("Show", "view")
    aliases: tuple[str, ...] = ()

    def places(self) -> list[tuple[str, str]]:
        """Each figure that stands on the page, with its section, "" where it stands in all of them."""
        everywhere = [(figure, "") for figure in self.figures]
        return everywhere + [(figure, key) for key, part in self.sections.items() for figure in part.figures]

    def drawn(self, section: str = "") -> tuple[str, ...]:
        """The figures that are drawn where there are rows; of a page with sections, in one of them."""
        if section not in self.sections:
            return self.figures
        part = self.sections[section]
        return (*self.figures, *part.figures, *part.also)
