"""What a forger can do: change any part of a bundle, with or without the keys of operator, auditor and log."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from label_service import canonical, merkle
from label_service.assessment import Assessment
from label_service.document import validate
from label_service.inventory import Inventory
from label_service.issuance.setup import timestamp
from label_service.label import status
from label_service.label.attestation import Attestation, attest, read_attestation
from label_service.label.content import LabelContent, label_content
from label_service.label.credential import credential, issue, read_label
from label_service.tlog import note
from label_service.tlog.checkpoint import sign_checkpoint
from label_service.tlog.leaf import leaf_bytes
from label_service.tlog.proof import InclusionProof
from label_service.trust import encoding, jws
from label_service.trust.keys import Signer
from label_service.trust.trust_list import LIST_TYP, TrustList, sign_delegation, sign_trust_list
from label_service.verify.bundle import label_leaf
from tests.stage import Stage

Json = dict[str, Any]
Change = Callable[[Json], object]


def claims(token: str) -> Json:
    """Give the payload of a token."""
    return json.loads(encoding.from_base64url(token.split(".")[1]))  # type: ignore[no-any-return]


def with_payload(token: str, payload: Any) -> str:
    """Put another payload into a token and keep its signature."""
    head, _, signature = token.split(".")
    return f"{head}.{encoding.base64url(canonical.encode(payload))}.{signature}"


def edited(token: str, change: Change) -> str:
    """Change the payload of a token and keep its signature."""
    payload = claims(token)
    change(payload)
    return with_payload(token, payload)


def other_digit(text: str, at: int = -10) -> str:
    """Replace one letter of base64 by another."""
    place = at % len(text)
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def other_hash(text: str) -> str:
    """Replace one digit of a hexadecimal hash."""
    return text[:5] + ("0" if text[5] != "0" else "1") + text[6:]


def relabelled(token: str, change: Change) -> LabelContent:
    """Give the content of a label token, changed."""
    content = read_label(token)[1].as_json()
    change(content)
    return validate(LabelContent, content)


def forged_label(token: str, change: Change) -> str:
    """Give a label that says something else in all its parts, under the signature it had."""
    return with_payload(token, credential(relabelled(token, change)))


@dataclass(frozen=True)
class Forger:
    """Has every key of an installation, as a thief or a corrupt party would."""

    stage: Stage

    def bundle(self, name: str = "hook") -> Json:
        """Give an honest bundle, to be changed."""
        return self.stage.bundle(name)

    def trust_list(self, change: Change = lambda _: None, signer: Signer | None = None) -> str:
        """Sign a changed trust list with the delegated key."""
        content = json.loads(self.stage.scheme.register.current().to_bytes())
        change(content)
        return sign_trust_list(TrustList.from_json(content), signer or self.stage.signers.delegated)

    def unchecked_trust_list(self, change: Change) -> str:
        """Sign a trust list that no reader should accept."""
        content = json.loads(self.stage.scheme.register.current().to_bytes())
        change(content)
        delegated = self.stage.signers.delegated
        return jws.sign(content, typ=LIST_TYP, kid=jws.parse(self.trust_list(), typ=LIST_TYP).kid, signer=delegated)

    def delegation(self, root: Signer, delegated: Signer, days: int = 300) -> str:
        """Let any root delegate any key."""
        now = self.stage.clock()
        return sign_delegation(root, delegated.public_key, timestamp(now), timestamp(now + timedelta(days=days)))

    def label(self, bundle: Json, change: Change, signer: Signer | None = None) -> None:
        """Sign a changed label with the operator's key and log it; only the documents can contradict it now."""
        content = relabelled(bundle["label"], change)
        kid = read_label(bundle["label"])[0].kid
        bundle["label"] = issue(content, kid=kid, signer=signer or self.stage.signers.label)
        self.log(bundle)

    def reissue(self, bundle: Json) -> None:
        """Let auditor and operator sign a bundle whose inventory or assessment was changed, as if it were true."""
        inventory = Inventory.from_json(bundle["inventory"])
        bundle["assessment"] |= {"inventory_digest": inventory.digest, "release_digest": inventory.release_digest}
        assessment = Assessment.from_json(bundle["assessment"])
        digests = {"inventory_digest": inventory.digest, "assessment_digest": assessment.digest}
        bundle["attestation"] = self.attestation(bundle, lambda content: content["subject"].update(digests))
        attested, attestation = read_attestation(bundle["attestation"])
        token, old = read_label(bundle["label"])
        content = label_content(
            label_id=old.label_id,
            origin=old.origin,
            issuer=old.issuer,
            inventory=inventory,
            assessment=assessment,
            attestation=attestation,
            attestation_digest=attested.digest,
            accreditation=old.auditor.accreditation,
            valid_from=old.valid_from,
            valid_until=old.valid_until,
            status=old.status,
        )
        bundle["label"] = issue(content, kid=token.kid, signer=self.stage.signers.label)
        self.log(bundle)

    def log(self, bundle: Json, signer: Signer | None = None, origin: str | None = None) -> None:
        """Give the label of a bundle a log of its own, of one entry."""
        token, content = read_label(bundle["label"])
        entry = leaf_bytes(label_leaf(content, token.digest))
        origin = origin or self.stage.scheme.identity.log
        root = merkle.leaf_hash(entry)
        checkpoint = sign_checkpoint(origin, 1, root, signer or self.stage.signers.log)
        bundle["log_proof"] = str(InclusionProof(0, (), checkpoint))

    def cosign(self, bundle: Json, time_s: int = 1_795_176_000, **witnesses: Signer) -> None:
        """Let witnesses cosign the checkpoint of a bundle, at noon when nothing else is said."""
        proof = InclusionProof.parse(bundle["log_proof"])
        lines = [note.cosign(proof.checkpoint.note.text, name, key, time_s) for name, key in witnesses.items()]
        bundle["log_proof"] = str(InclusionProof(proof.index, proof.path, proof.checkpoint.with_signatures(lines)))

    def attestation(self, bundle: Json, change: Change, signer: Signer | None = None) -> str:
        """Let the auditor, or whoever signs, attest something else."""
        content = read_attestation(bundle["attestation"])[1].as_json()
        change(content)
        return attest(validate(Attestation, content), signer or self.stage.auditor)

    def status_list(
        self, purpose: status.Purpose, indices: Iterable[int] = (), hours: float = 0, signer: Signer | None = None
    ) -> str:
        """Sign a status list made some hours from now."""
        identity = self.stage.scheme.identity
        start = self.stage.clock() + timedelta(hours=hours)
        content = status.build_status_list(
            url=f"{identity.origin}/status/{purpose}/0",
            issuer=identity.did,
            demo=True,
            purpose=purpose,
            indices=indices,
            valid_from=timestamp(start),
            valid_until=timestamp(start + timedelta(hours=48)),
        )
        return status.sign_status_list(content, kid=identity.kid("status"), signer=signer or self.stage.signers.status)

    def status_index(self, bundle: Json) -> int:
        """Give the place of a label in its status lists."""
        return read_label(bundle["label"])[1].status.revocation.index
