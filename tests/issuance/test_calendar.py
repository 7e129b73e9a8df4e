"""Whatever happens in whatever order, the public log of scopes adds up, and nobody is labelled who must not be."""

from hypothesis import given, settings
from hypothesis import strategies as st

from label_service.errors import Conflict
from tests import databases
from tests.stage import open_stage
from tests.workshop import Workshop

STEPS = st.lists(
    st.one_of(
        st.just(("declare",)),
        st.just(("tick",)),
        st.tuples(st.just("wait"), st.sampled_from([0.2, 1, 3, 7, 20])),
        st.just(("reveal",)),
        st.tuples(st.just("audit"), st.sampled_from(["confirmed", "finding"])),
        st.tuples(st.just("decide"), st.sampled_from(["suspend", "reinstate"])),
    ),
    min_size=4,
    max_size=14,
)


class Story:
    """One scope, and what people do with it; each step is what somebody may try at any time."""

    def __init__(self, folder):
        self.workshop = Workshop(open_stage(folder))
        self.scheme, self.clock = self.workshop.stage.scheme, self.workshop.stage.clock
        self.scope = self.workshop.scope(quantity=8, sampling_rate="0.5")
        self.kids = [self.scope.attestation.auditor.kid]

    def declare(self):
        """Hand in goods."""
        stands = not self.scheme.scopes.get(self.scope.digest).is_suspended
        found = self.workshop.declare()
        assert found.state in {"labelled", "waiting"}
        assert stands or found.state == "waiting"

    def tick(self):
        """Let the service look at its calendar."""
        assert self.scheme.tick() == []

    def wait(self, days):
        """Let time pass while the service runs; after weeks without it the audit says that they closed too late."""
        for _ in range(int(days)):
            self.clock.forward(days=1)
            self.tick()
        self.clock.forward(days=days - int(days))

    def reveal(self):
        """Let the auditor reveal what she owes."""
        for owed in self.scheme.sampling.owed_by(self.kids):
            self.workshop.reveal(self.scope, owed.week, owed.number)

    def audit(self, outcome):
        """Let the auditor audit one sample again."""
        for sample in self.scheme.sampling.open_for(self.kids)[:1]:
            subject = {"label_id": sample.label_id, "scope_digest": sample.scope_digest, "outcome": outcome}
            self.workshop.say("sample_result", subject)

    def decide(self, action):
        """Let the operator suspend or reinstate, where the state allows it."""
        self.clock.forward(minutes=1)
        try:
            self.scheme.states.change(self.scope.digest, action, reason="precaution", text=f"{action} it.")
        except Conflict:
            assert self.scheme.scopes.get(self.scope.digest).is_suspended is (action == "suspend")


@given(steps=STEPS)
@settings(max_examples=12)
def test_the_books_of_a_scope_add_up_whatever_happens(founded, tmp_path_factory, steps):
    """Positions, states, weeks and values stand in the log as every auditor expects them."""
    story = Story(databases.copy_installation(founded[0], tmp_path_factory.mktemp("story") / "stage"))
    for name, *arguments in steps:
        getattr(story, name)(*arguments)
    story.tick()
    assert story.workshop.books() == []
    story.scheme.close()
