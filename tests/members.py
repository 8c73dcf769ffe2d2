"""Makes docs/members.md: each member of MDN's page of RTCPeerConnection, and the tests that prove it.

    python tests/members.py > docs/members.md

The members are those of https://developer.mozilla.org/docs/Web/API/RTCPeerConnection, in its order. A row
without a test, a test that does not exist, and a page that was not made anew fail tests/test_members.py.
"""

from __future__ import annotations

PC, IDENTITY, LEGACY, MEDIA = "test_peerconnection", "test_identity", "test_legacy", "test_media"

MEMBERS: dict[str, dict[str, list[str]]] = {
    "Constructor": {
        "RTCPeerConnection()": [
            f"{PC}::test_starts_new",
            f"{PC}::test_configuration",
            f"{PC}::test_bad_configuration",
            f"{PC}::test_made_before_a_loop_runs",
        ],
    },
    "Attributes": {
        "canTrickleIceCandidates": [f"{PC}::test_can_trickle"],
        "connectionState": [
            "test_dtlstransport::test_states_and_the_order_of_events",
            f"{PC}::test_the_other_peer_notices",
        ],
        "currentLocalDescription": [f"{PC}::test_descriptions_move_from_pending_to_current"],
        "currentRemoteDescription": [f"{PC}::test_descriptions_move_from_pending_to_current"],
        "iceConnectionState": [
            f"{PC}::test_the_order_of_events",
            "test_icetransport::test_the_order_of_events",
        ],
        "iceGatheringState": [f"{PC}::test_the_order_of_events", f"{PC}::test_non_trickle"],
        "localDescription": [
            f"{PC}::test_implicit_descriptions",
            f"{PC}::test_the_candidate_is_in_the_description_when_its_event_is_fired",
        ],
        "peerIdentity": [
            f"{IDENTITY}::test_two_peers_know_each_other",
            f"{IDENTITY}::test_a_lying_provider",
            f"{IDENTITY}::test_a_tampered_assertion",
        ],
        "pendingLocalDescription": [f"{PC}::test_descriptions_move_from_pending_to_current"],
        "pendingRemoteDescription": [f"{PC}::test_descriptions_move_from_pending_to_current"],
        "remoteDescription": [
            f"{PC}::test_explicit_descriptions",
            f"{PC}::test_candidate_shows_in_the_remote_description",
        ],
        "sctp": ["test_sctptransport::test_there_is_none_before_an_answer"],
        "signalingState": [
            f"{PC}::test_types_that_do_not_fit_the_state",
            f"{PC}::test_provisional_answers",
        ],
    },
    "Static methods": {
        "generateCertificate()": [
            "test_certificate::test_what_is_generated",
            "test_certificate::test_algorithms_that_are_refused",
            "test_certificate::test_connections_use_it_again_and_again",
        ],
    },
    "Methods": {
        "addIceCandidate()": [
            f"{PC}::test_candidates_that_are_taken",
            f"{PC}::test_candidates_that_are_refused",
            f"{PC}::test_candidate_before_a_remote_description",
        ],
        "addTrack()": [
            f"{PC}::test_add_track_errors",
            f"{MEDIA}::test_a_sender_that_has_not_sent_is_used_again",
        ],
        "addTransceiver()": [
            "test_rtptransceiver::test_addTransceiver_of_a_kind",
            "test_rtptransceiver::test_addTransceiver_of_a_track",
            "test_rtptransceiver::test_addTransceiver_refuses",
        ],
        "close()": [
            f"{PC}::test_close",
            f"{PC}::test_everything_after_close",
            "test_idl_calls::test_a_closed_connection",
        ],
        "createAnswer()": [
            f"{PC}::test_create_answer_needs_a_remote_offer",
            f"{PC}::test_explicit_descriptions",
        ],
        "createDataChannel()": [
            "test_datachannel::test_options_arrive",
            "test_datachannel::test_bad_options",
            "test_datachannel::test_negotiated",
        ],
        "createOffer()": [
            f"{PC}::test_create_offer",
            f"{PC}::test_ice_restart_gives_new_credentials",
            f"{PC}::test_legacy_offer_options",
        ],
        "getConfiguration()": [
            f"{PC}::test_get_configuration_is_a_copy_of_a_copy",
            "test_configuration::test_copies_are_taken_and_given",
        ],
        "getIdentityAssertion()": [
            f"{IDENTITY}::test_an_assertion",
            f"{IDENTITY}::test_a_provider_that_fails",
            f"{IDENTITY}::test_a_provider_that_hangs",
        ],
        "getReceivers()": [
            "test_rtpreceiver::test_the_receiver_is_there_before_anything_is_received",
            f"{PC}::test_rollback_takes_transceivers_that_the_offer_made",
        ],
        "getSenders()": [f"{MEDIA}::test_remove_and_add_again", "test_rtpsender::test_replaceTrack"],
        "getStats()": [
            "test_stats::test_every_type_and_what_it_says_of_a_call",
            "test_stats::test_of_senders_and_receivers",
            "test_stats::test_calls_at_the_same_time_share_one_report",
        ],
        "getTransceivers()": [
            f"{PC}::test_rollback_takes_transceivers_that_the_offer_made",
            "test_rtptransceiver::test_stop",
        ],
        "removeTrack()": [f"{MEDIA}::test_remove_and_add_again", f"{PC}::test_add_track_errors"],
        "restartIce()": [
            f"{PC}::test_ice_restart_gives_new_credentials",
            "test_icetransport::test_an_ice_restart_changes_the_parameters",
        ],
        "setConfiguration()": [
            "test_configuration::test_what_can_be_changed",
            "test_configuration::test_what_cannot_be_changed",
        ],
        "setIdentityProvider()": [
            f"{IDENTITY}::test_set_identity_provider_checks",
            f"{IDENTITY}::test_providers_are_found_by_domain_and_protocol",
        ],
        "setLocalDescription()": [
            f"{PC}::test_implicit_descriptions",
            f"{PC}::test_rollback_of_a_local_offer",
            f"{PC}::test_local_descriptions_of_the_wrong_type",
        ],
        "setRemoteDescription()": [
            f"{PC}::test_explicit_descriptions",
            f"{PC}::test_implicit_rollback",
            f"{PC}::test_sdp_that_cannot_be_parsed",
        ],
    },
    "Obsolete methods": {
        "addStream()": [f"{LEGACY}::test_a_stream_comes_and_goes", f"{LEGACY}::test_closed"],
        "createDTMFSender()": [f"{LEGACY}::test_dtmf", "test_dtmfsender::test_tones_in_order_and_time"],
        "removeStream()": [
            f"{LEGACY}::test_a_stream_comes_and_goes",
            f"{LEGACY}::test_a_track_in_two_streams",
        ],
    },
    "Events": {
        "connectionstatechange": ["test_dtlstransport::test_states_and_the_order_of_events"],
        "datachannel": [
            "test_datachannel::test_the_announced_channel_is_open",
            "test_datachannel::test_messages_do_not_overtake_the_datachannel_event",
        ],
        "icecandidate": [
            f"{PC}::test_the_order_of_events",
            f"{PC}::test_candidates_carry_what_they_are_for",
        ],
        "icecandidateerror": ["test_turn::test_wrong_credentials", "test_turn::test_nobody_listens"],
        "iceconnectionstatechange": [f"{PC}::test_the_order_of_events"],
        "icegatheringstatechange": [f"{PC}::test_the_order_of_events"],
        "negotiationneeded": [
            f"{PC}::test_negotiationneeded_only_while_stable",
            f"{PC}::test_negotiationneeded_waits_for_the_chain",
            f"{PC}::test_no_negotiationneeded_once_nothing_needs_it",
        ],
        "signalingstatechange": [f"{PC}::test_the_order_of_events"],
        "track": [f"{MEDIA}::test_the_track_event", f"{MEDIA}::test_a_track_of_no_stream"],
    },
    "Obsolete events": {
        "addstream": [f"{LEGACY}::test_a_stream_comes_and_goes"],
        "removestream": [
            f"{LEGACY}::test_a_stream_comes_and_goes",
            f"{LEGACY}::test_a_rolled_back_stream_is_gone",
        ],
    },
}


def page() -> str:
    """The text of docs/members.md."""
    lines = [
        "# The members of RTCPeerConnection",
        "",
        "All of [MDN's page](https://developer.mozilla.org/docs/Web/API/RTCPeerConnection), each with tests",
        "that prove it. Made by `python tests/members.py`; `tests/test_idl.py` compares all other interfaces",
        "with the specifications' own IDL.",
    ]
    for section, members in MEMBERS.items():
        status = "works, with a DeprecationWarning" if section.startswith("Obsolete") else "works"
        lines += ["", f"## {section}", "", "| member | status | tests |", "|---|---|---|"]
        lines += [f"| `{name}` | {status} | {shown(tests)} |" for name, tests in members.items()]
    return "\n".join(lines) + "\n"


def shown(tests: list[str]) -> str:
    """The tests of a row."""
    return ", ".join(f"`{test.replace('::', '.py::')}`" for test in tests)


if __name__ == "__main__":
    print(page(), end="")
