"""RTCPeerConnection: the connection to another peer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from . import _dispatcher, _native
from ._identity import ConnectionIdentity
from ._legacy import MediaStreamEvent, ObsoleteMembers, changed_streams, remote_streams
from ._operations import OperationsChain
from ._sdp import check, media_descriptions
from ._transports import Transports
from ._videocodecs import ConnectionCodecs
from ._webidl import convert, shown
from .certificate import generate
from .datachannel import RTCDataChannel
from .dictionaries import (
    RTCAnswerOptions,
    RTCConfiguration,
    RTCDataChannelInit,
    RTCIceCandidateInit,
    RTCIdentityProviderOptions,
    RTCLocalSessionDescriptionInit,
    RTCOfferOptions,
    RTCRtpTransceiverInit,
    RTCSessionDescriptionInit,
)
from .engine import ConnectionOptions
from .enums import (
    RTCDataChannelState,
    RTCIceConnectionState,
    RTCIceGatheringState,
    RTCIceServerTransportProtocol,
    RTCPeerConnectionState,
    RTCRtpTransceiverDirection,
    RTCSdpType,
    RTCSignalingState,
)
from .events import (
    RTCDataChannelEvent,
    RTCPeerConnectionIceErrorEvent,
    RTCPeerConnectionIceEvent,
    RTCTrackEvent,
)
from .eventtarget import Event, EventHandler
from .exceptions import (
    InvalidAccessError,
    InvalidModificationError,
    InvalidStateError,
    OperationError,
    RangeError,
)
from .icecandidate import RTCIceCandidate
from .iceserver import validated_urls
from .identity import check_protocol
from .mediastream import MediaStream
from .mediastreamtrack import MediaStreamTrack
from .rtpsender import (
    RTCRtpSender,
    check_encodings,
    check_rids,
    check_track,
    set_default_scaling,
    stream_ids,
)
from .rtptransceiver import RTCRtpTransceiver
from .sessiondescription import RTCSessionDescription

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from ._operations import Start
    from .certificate import RTCCertificate
    from .identity import RTCIdentityAssertion
    from .rtpreceiver import RTCRtpReceiver
    from .sctptransport import RTCSctpTransport
    from .statsreport import RTCStatsReport

# Where setLocalDescription() makes an offer (webrtc-pc, section "setLocalDescription", step 4.2).
_OFFERING = (
    RTCSignalingState.STABLE,
    RTCSignalingState.HAVE_LOCAL_OFFER,
    RTCSignalingState.HAVE_REMOTE_PRANSWER,
)

_NO_OPTIONS = ConnectionOptions()

T = TypeVar("T")


class RTCPeerConnection(ObsoleteMembers):
    """A WebRTC connection between this program and a remote peer.

    The interface is that of webrtc-pc (https://w3c.github.io/webrtc-pc/#interface-definition); MDN documents
    it at RTCPeerConnection. It may be made before an event loop runs and belongs to the first loop that it
    is used in. Close it with :meth:`close`, or use ``async with``, which also waits for the native side; a
    connection that is open when its loop ends is closed with a ResourceWarning.

    Cancelling an await cancels the waiting: the operation itself goes on and its effects apply. Operations
    that wait when the connection is closed raise InvalidStateError (in a browser they never settle).

    Arguments:
        configuration: an :class:`RTCConfiguration` or a dict of its members.
        options: what the specifications do not have: ports, networks, bitrates, times of ICE. (Ours.)

    Raises:
        TypeError: a member has the wrong type.
        SyntaxError: a URL of an ICE server is malformed (the DOMException).
        InvalidAccessError: a TURN server without credentials, a certificate that has expired, or options that
            do not fit each other.
        NotSupportedError: something that libwebrtc does not implement.
        InvalidStateError: in a forked child, or while the interpreter exits.
    """

    onconnectionstatechange = EventHandler[Event]("connectionstatechange")
    ondatachannel = EventHandler[RTCDataChannelEvent]("datachannel")
    onicecandidate = EventHandler[RTCPeerConnectionIceEvent]("icecandidate")
    onicecandidateerror = EventHandler[RTCPeerConnectionIceErrorEvent]("icecandidateerror")
    oniceconnectionstatechange = EventHandler[Event]("iceconnectionstatechange")
    onicegatheringstatechange = EventHandler[Event]("icegatheringstatechange")
    onnegotiationneeded = EventHandler[Event]("negotiationneeded")
    onsignalingstatechange = EventHandler[Event]("signalingstatechange")
    ontrack = EventHandler[RTCTrackEvent]("track")

    def __init__(
        self,
        configuration: RTCConfiguration | Mapping[str, Any] | None = None,
        *,
        options: ConnectionOptions | None = None,
    ) -> None:
        super().__init__()
        self._configuration = RTCConfiguration.convert(configuration, "RTCConfiguration")
        _check_certificates(self._configuration.certificates)
        self._configuration = _validated(self._configuration)
        if not isinstance(options, ConnectionOptions | None):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"RTCPeerConnection: options: {shown(options)} are no ConnectionOptions")
        self._dispatcher = _dispatcher.current()
        options = options or _NO_OPTIONS
        self._codecs = ConnectionCodecs(self._dispatcher, options.video_codecs)
        self._native = _native.PeerConnection(
            self._dispatcher.mailbox,
            self._configuration,
            [certificate._native for certificate in self._configuration.certificates],
            options,
            self._codecs.native,
        )
        self._codecs.open()
        self._set_local_called = False
        self._operations = OperationsChain(self._chain_empty)
        self._identity = ConnectionIdentity(self._native.fingerprint, self._configuration.peerIdentity)
        self._awaited: dict[int, _dispatcher.Done] = {}
        self._closed = False
        self._native_closed = False
        self._signalingState = RTCSignalingState.STABLE
        self._iceGatheringState = RTCIceGatheringState.NEW
        self._iceConnectionState = RTCIceConnectionState.NEW
        self._connectionState = RTCPeerConnectionState.NEW
        self._canTrickleIceCandidates: bool | None = None
        self._currentLocalDescription: RTCSessionDescription | None = None
        self._pendingLocalDescription: RTCSessionDescription | None = None
        self._currentRemoteDescription: RTCSessionDescription | None = None
        self._pendingRemoteDescription: RTCSessionDescription | None = None
        self._transports = Transports(self)
        self._negotiation_event: int | None = None
        self._channels: set[RTCDataChannel] = set()
        self._transceivers: list[RTCRtpTransceiver] = []
        self._transceivers_by_key: dict[int, RTCRtpTransceiver] = {}
        self._local_streams: list[MediaStream] = []
        self._remote_streams: dict[str, MediaStream] = {}
        self._closing_waiters: set[asyncio.Future[None]] = set()
        self._stats: asyncio.Future[RTCStatsReport] | None = None
        self._last_stats: list[dict[str, Any]] | None = None  # of a closed connection, as they came
        self._dispatcher.target(self._native.key, self)
        self._dispatcher.opened(self)

    # State. All of it is copied on libwebrtc's signaling thread when it changes and applied here in the
    # task that fires the event or settles the promise.

    @property
    def signalingState(self) -> RTCSignalingState:
        """Where offer and answer stand (MDN: RTCPeerConnection.signalingState)."""
        return self._signalingState

    @property
    def iceGatheringState(self) -> RTCIceGatheringState:
        """Whether local candidates are being gathered (MDN: RTCPeerConnection.iceGatheringState)."""
        return self._iceGatheringState

    @property
    def iceConnectionState(self) -> RTCIceConnectionState:
        """The state of ICE over all transports (MDN: RTCPeerConnection.iceConnectionState)."""
        return self._iceConnectionState

    @property
    def connectionState(self) -> RTCPeerConnectionState:
        """The state of ICE and DTLS over all transports (MDN: RTCPeerConnection.connectionState)."""
        return self._connectionState

    @property
    def sctp(self) -> RTCSctpTransport | None:
        """What carries the data channels; None until an answer has agreed on them."""
        return self._transports.sctp

    @property
    def canTrickleIceCandidates(self) -> bool | None:
        """Whether the remote peer takes candidates after its description; None before there is one."""
        return self._canTrickleIceCandidates

    @property
    def localDescription(self) -> RTCSessionDescription | None:
        """``pendingLocalDescription`` where there is one, else ``currentLocalDescription``.

        It holds the candidates that have been gathered so far.
        """
        return self._pendingLocalDescription or self._currentLocalDescription

    @property
    def currentLocalDescription(self) -> RTCSessionDescription | None:
        """The local description that was negotiated last."""
        return self._currentLocalDescription

    @property
    def pendingLocalDescription(self) -> RTCSessionDescription | None:
        """The local description that is being negotiated."""
        return self._pendingLocalDescription

    @property
    def remoteDescription(self) -> RTCSessionDescription | None:
        """``pendingRemoteDescription`` where there is one, else ``currentRemoteDescription``."""
        return self._pendingRemoteDescription or self._currentRemoteDescription

    @property
    def currentRemoteDescription(self) -> RTCSessionDescription | None:
        """The remote description that was negotiated last."""
        return self._currentRemoteDescription

    @property
    def pendingRemoteDescription(self) -> RTCSessionDescription | None:
        """The remote description that is being negotiated."""
        return self._pendingRemoteDescription

    # Negotiation

    async def createOffer(
        self, options: RTCOfferOptions | Mapping[str, Any] | None = None
    ) -> RTCSessionDescription:
        """Make an offer of what the connection would send and receive.

        https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-createoffer

        Raises:
            InvalidStateError: the connection is closed, or in the middle of a remote offer.
            OperationError: libwebrtc could not make one.
        """
        native_options = RTCOfferOptions.convert(options, "RTCOfferOptions")

        def start(done: _dispatcher.Done) -> None:
            self._check_signaling_state(
                "createOffer", RTCSignalingState.STABLE, RTCSignalingState.HAVE_LOCAL_OFFER
            )
            self._create(self._native.create_offer, native_options, done)

        return _description(await self._chain("createOffer", start))

    async def createAnswer(
        self, options: RTCAnswerOptions | Mapping[str, Any] | None = None
    ) -> RTCSessionDescription:
        """Make an answer to the remote offer.

        https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-createanswer

        Raises:
            InvalidStateError: the connection is closed, or there is no remote offer.
            OperationError: libwebrtc could not make one.
        """
        native_options = RTCAnswerOptions.convert(options, "RTCAnswerOptions")

        def start(done: _dispatcher.Done) -> None:
            self._check_signaling_state(
                "createAnswer", RTCSignalingState.HAVE_REMOTE_OFFER, RTCSignalingState.HAVE_LOCAL_PRANSWER
            )
            self._create(self._native.create_answer, native_options, done)

        return _description(await self._chain("createAnswer", start))

    async def setLocalDescription(
        self,
        description: RTCLocalSessionDescriptionInit | RTCSessionDescription | Mapping[str, Any] | None = None,
    ) -> None:
        """Apply a local description; without one, the offer or answer that the state asks for.

        https://w3c.github.io/webrtc-pc/#dom-peerconnection-setlocaldescription. As in Chrome, the SDP may
        differ from what ``createOffer`` gave, as far as libwebrtc accepts it. Once an offer with data
        channels was rolled back, local or remote, later offers lack them: answer a remote one that has them.

        Raises:
            InvalidStateError: the connection is closed, or the type does not fit ``signalingState``.
            RTCError: the SDP cannot be parsed (``errorDetail`` ``"sdp-syntax-error"``, ``sdpLineNumber``).
            InvalidModificationError: the description does not fit what was negotiated before.
            InvalidAccessError: the content of the description is not valid.
        """
        init = RTCLocalSessionDescriptionInit.convert(description, "setLocalDescription")
        await self._chain("setLocalDescription", lambda done: self._start_set_local(init, done))

    def _start_set_local(self, init: RTCLocalSessionDescriptionInit, done: _dispatcher.Done) -> None:
        self._set_local_called = True
        type = init.type
        if type is None and self._identity.asserts:
            type = RTCSdpType.OFFER if self._signalingState in _OFFERING else RTCSdpType.ANSWER
        if type is None:
            self._native.set_local_description(self._expect(done), None)
        elif init.sdp or type == RTCSdpType.ROLLBACK:
            description = _checked(type, init.sdp)
            known = (self._currentLocalDescription, self._pendingLocalDescription)
            self._identity.keep([init.sdp, *(each.sdp for each in known if each is not None)])
            self._native.set_local_description(self._expect(done), description)
        else:
            # Steps 4.3 to 4.6: without SDP, what createOffer or createAnswer gives is set.
            def created(error: BaseException | None, description: Any) -> None:
                if error is not None:
                    done(error, None)
                else:
                    made = RTCLocalSessionDescriptionInit(type=type, sdp=description.sdp)
                    self._start_set_local(made, done)

            if type == RTCSdpType.OFFER:
                self._create(self._native.create_offer, RTCOfferOptions(), created)
            else:
                self._create(self._native.create_answer, RTCAnswerOptions(), created)

    def _create(self, create: Callable[[int, T], None], options: T, done: _dispatcher.Done) -> None:
        """Create an offer or answer, with an identity where a provider was set."""

        def created(error: BaseException | None, description: Any) -> None:
            if error is not None or not self._identity.asserts:
                done(error, description)
                return

            def asserted(error: BaseException | None, sdp: Any) -> None:
                done(error, None if error is not None else _native.Description(description.type, sdp))

            self._identity.assert_in(description.sdp, asserted)

        create(self._expect(created), options)

    async def setRemoteDescription(
        self, description: RTCSessionDescriptionInit | RTCSessionDescription | Mapping[str, Any]
    ) -> None:
        """Apply the remote peer's description; an offer rolls a local one back that is pending.

        https://w3c.github.io/webrtc-pc/#dom-peerconnection-setremotedescription. ``track`` events are fired
        before this returns.

        Raises:
            InvalidStateError: the connection is closed, or the type does not fit ``signalingState``.
            RTCError: the SDP cannot be parsed (``errorDetail`` ``"sdp-syntax-error"``, ``sdpLineNumber``).
            InvalidAccessError: the content of the description is not valid.
            OperationError: it could not be applied.
        """
        init = RTCSessionDescriptionInit.convert(description, "setRemoteDescription")

        def start(done: _dispatcher.Done) -> None:
            description = _checked(init.type, init.sdp)

            def apply(done: _dispatcher.Done) -> None:
                self._native.set_remote_description(self._expect(done), description)

            if init.type == RTCSdpType.ROLLBACK:
                apply(done)
            else:
                self._identity.apply_remote(init.sdp, apply, done)

        await self._chain("setRemoteDescription", start)

    async def addIceCandidate(
        self, candidate: RTCIceCandidateInit | RTCIceCandidate | Mapping[str, Any] | None = None
    ) -> None:
        """Give ICE a candidate of the remote peer.

        https://w3c.github.io/webrtc-pc/#dom-peerconnection-addicecandidate. None, or a candidate whose
        ``candidate`` is ``""``, says that there are no more; libwebrtc needs no such notice.

        Raises:
            TypeError: ``sdpMid`` and ``sdpMLineIndex`` are both absent, or a member has the wrong type.
            InvalidStateError: there is no remote description yet, or the connection is closed.
            OperationError: the candidate is malformed, or its ``sdpMid``, ``sdpMLineIndex`` or
                ``usernameFragment`` are not those of the remote description.
        """
        init = RTCIceCandidateInit.convert(candidate, "addIceCandidate")
        if init.candidate and init.sdpMid is None and init.sdpMLineIndex is None:
            raise TypeError("addIceCandidate: sdpMid and sdpMLineIndex are both absent")

        def start(done: _dispatcher.Done) -> None:
            mid, index = self._matching_media_description(init)
            if init.candidate:
                operation = self._expect(done)
                self._native.add_ice_candidate(operation, init.candidate, mid, index)
            else:
                # A task later, as the end of any operation.
                self._dispatcher.loop.call_soon(done, None, None)

        await self._chain("addIceCandidate", start)

    def _matching_media_description(self, candidate: RTCIceCandidateInit) -> tuple[str, int]:
        """The mid and index that a candidate is for; the checks of addIceCandidate, steps 4.1 to 4.5."""
        remote = self.remoteDescription
        if remote is None:
            raise InvalidStateError("addIceCandidate: there is no remote description yet")
        sections = media_descriptions(remote.sdp)
        index = candidate.sdpMLineIndex
        if candidate.sdpMid is not None:
            mids = [section.mid for section in sections]
            if candidate.sdpMid not in mids:
                raise OperationError(
                    f"addIceCandidate: sdpMid {candidate.sdpMid!r} is none of the remote description, {mids}"
                )
            index = mids.index(candidate.sdpMid)
        elif index is not None and index >= len(sections):
            raise OperationError(
                f"addIceCandidate: sdpMLineIndex {index}, and the remote description has {len(sections)}"
            )
        candidates_for = sections if index is None else [sections[index]]
        ufrags = {section.ice_ufrag for section in candidates_for}
        if candidate.usernameFragment is not None and candidate.usernameFragment not in ufrags:
            raise OperationError(
                f"addIceCandidate: usernameFragment {candidate.usernameFragment!r} is not that of the "
                "remote description"
            )
        if index is None:
            return "", 0
        return sections[index].mid or "", index

    def restartIce(self) -> None:
        """Have the next offer gather anew (MDN: RTCPeerConnection.restartIce). Does nothing when closed."""
        if not self._closed:
            self._native.restart_ice()

    # Data channels

    def createDataChannel(
        self, label: str, dataChannelDict: RTCDataChannelInit | Mapping[str, Any] | None = None
    ) -> RTCDataChannel:
        """Make a channel for messages; it opens when the peers are connected.

        https://w3c.github.io/webrtc-pc/#dom-peerconnection-createdatachannel

        Arguments:
            label: a name for people, at most 65535 bytes of UTF-8.
            dataChannelDict: its options, all with defaults.

        Raises:
            InvalidStateError: the connection is closed.
            TypeError: a member has the wrong type, label or protocol is too long, both maxPacketLifeTime and
                maxRetransmits are given, or ``negotiated`` is true and there is no id.
            OperationError: the id is in use.
        """
        label = convert(str, label, "createDataChannel: label")
        init = RTCDataChannelInit.convert(dataChannelDict, "RTCDataChannelInit")
        self._check_open("createDataChannel")
        for name, text in (("label", label), ("protocol", init.protocol)):
            if len(text.encode(errors="replace")) > 65535:
                raise TypeError(f"createDataChannel: {name} is longer than 65535 bytes")
        if init.maxPacketLifeTime is not None and init.maxRetransmits is not None:
            raise TypeError("createDataChannel: maxPacketLifeTime and maxRetransmits exclude each other")
        if init.negotiated and init.id is None:
            raise TypeError("createDataChannel: a negotiated channel needs an id")
        if not init.negotiated:
            init = replace(init, id=None)  # step 13: ignored
        elif init.id == 65535:
            raise TypeError("createDataChannel: id 65535 is reserved, 65534 is the greatest")
        try:
            native = self._native.create_data_channel(label, init)
        except RangeError as error:  # step 19; libwebrtc says INVALID_RANGE
            raise OperationError(f"createDataChannel: id {init.id} cannot be had: {error}") from None
        channel = RTCDataChannel._new(
            self, self._dispatcher, native, RTCDataChannelState.CONNECTING, init.priority
        )
        self._channels.add(channel)
        return channel

    # Media

    def addTrack(self, track: MediaStreamTrack, *streams: MediaStream) -> RTCRtpSender:
        """Send a track; ``streams`` tell the remote peer which tracks belong together.

        https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-addtrack

        Raises:
            TypeError: ``track`` is not a MediaStreamTrack, or one of ``streams`` is not a MediaStream.
            InvalidStateError: the connection is closed.
            InvalidAccessError: the track is being sent already.
        """
        check_track(track, "addTrack")
        ids = stream_ids(streams, "addTrack")
        self._check_open("addTrack")
        if any(sender.track is track for sender in self.getSenders()):
            raise InvalidAccessError(f"addTrack: {track!r} is being sent already")
        transceiver = self._transceiver(self._native.add_track(track._native, ids))
        transceiver.sender._track = track
        return transceiver.sender

    def addTransceiver(
        self,
        trackOrKind: MediaStreamTrack | str,
        init: RTCRtpTransceiverInit | Mapping[str, Any] | None = None,
    ) -> RTCRtpTransceiver:
        """Make a transceiver: a media description of its own in the next offer.

        https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-addtransceiver

        Arguments:
            trackOrKind: the track to send, or ``"audio"`` or ``"video"`` to send none as yet.
            init: its direction, the streams of the track, and the encodings to send.

        Raises:
            TypeError: ``trackOrKind`` is no track and no kind, a member has the wrong type, ``direction`` is
                ``"stopped"``, or rids are malformed, used twice or given to some encodings only.
            InvalidStateError: the connection is closed.
            RangeError: ``scaleResolutionDownBy`` is below 1.0 or ``maxFramerate`` below 0.
            NotSupportedError: ``ptime``, which libwebrtc does not have.
            OperationError: libwebrtc does not know a ``codec`` or ``scalabilityMode``.
        """
        options = RTCRtpTransceiverInit.convert(init, "addTransceiver")
        if isinstance(trackOrKind, str):
            track, kind = None, trackOrKind
            if kind not in ("audio", "video"):
                raise TypeError(f"addTransceiver: {kind!r} is not one of 'audio', 'video'")
        else:
            check_track(trackOrKind, "addTransceiver")
            track, kind = trackOrKind, trackOrKind.kind
        if options.direction == RTCRtpTransceiverDirection.STOPPED:
            raise TypeError("addTransceiver: direction may not be 'stopped'")
        ids = stream_ids(options.streams, "addTransceiver")
        self._check_open("addTransceiver")
        check_rids(options.sendEncodings)
        check_encodings(kind, options.sendEncodings, "addTransceiver")
        if kind == "video":
            set_default_scaling(options.sendEncodings)
        native: Any = None if track is None else track._native
        transceiver = self._transceiver(
            self._native.add_transceiver(kind, native, options.direction, ids, options.sendEncodings)
        )
        transceiver.sender._track = track
        return transceiver

    def removeTrack(self, sender: RTCRtpSender) -> None:
        """Stop sending a sender's track; the remote peer learns it by negotiation.

        https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-removetrack

        Raises:
            TypeError: ``sender`` is not an RTCRtpSender.
            InvalidStateError: the connection is closed.
            InvalidAccessError: the sender belongs to another connection.
        """
        if not isinstance(sender, RTCRtpSender):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"removeTrack: an RTCRtpSender, not {type(sender).__name__}")
        self._check_open("removeTrack")
        if sender._connection is not self:
            raise InvalidAccessError("removeTrack: the sender belongs to another connection")
        if sender.track is None or sender not in self.getSenders():
            return
        sender._track = None
        self._transceiver(self._native.remove_track(sender._transceiver._native))

    def getSenders(self) -> list[RTCRtpSender]:
        """The senders of transceivers that are not stopped (MDN: RTCPeerConnection.getSenders)."""
        return [transceiver.sender for transceiver in self._transceivers if not transceiver._stopped]

    def getReceivers(self) -> list[RTCRtpReceiver]:
        """The receivers of transceivers that are not stopped (MDN: RTCPeerConnection.getReceivers)."""
        return [transceiver.receiver for transceiver in self._transceivers if not transceiver._stopped]

    def getTransceivers(self) -> list[RTCRtpTransceiver]:
        """The transceivers, in the order of their creation (MDN: RTCPeerConnection.getTransceivers)."""
        return list(self._transceivers)

    # Statistics and the rest

    async def getStats(self, selector: MediaStreamTrack | None = None) -> RTCStatsReport:
        """Statistics of the connection, or of what sends or receives the track ``selector``.

        https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-getstats. Calls that wait at the same time
        share one collection and its report, and libwebrtc collects anew after 50 ms only. Of a closed
        connection it is the report of its end.

        Raises:
            TypeError: ``selector`` is not a MediaStreamTrack.
            InvalidAccessError: no sender or receiver of the connection has the track, or several have.
        """
        if selector is None:
            return await self._collect_stats()
        if not isinstance(selector, MediaStreamTrack):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"getStats: a MediaStreamTrack or None, not {type(selector).__name__}")
        both = [each for t in self._transceivers for each in (t.sender, t.receiver)]
        having = [each for each in both if each.track is selector]
        if len(having) != 1:
            raise InvalidAccessError(
                f"getStats: {len(having)} senders and receivers of the connection have {selector!r}, not one"
            )
        return await having[0].getStats()

    # Identity: https://w3c.github.io/webrtc-identity/#rtcpeerconnection-interface-extensions

    def setIdentityProvider(
        self, provider: str, options: RTCIdentityProviderOptions | Mapping[str, Any] | None = None
    ) -> None:
        """Have offers and answers say who this peer is: ``provider`` is asked for an assertion.

        Arguments:
            provider: the domain that a provider is registered for (:func:`pywebrtc.identity.register`), at
                the latest when an offer, an answer or an assertion is wanted.
            options: its protocol, and hints for it.

        Raises:
            TypeError: an argument has the wrong type.
            InvalidStateError: the connection is closed.
            SyntaxError: the protocol has a slash or a backslash (the DOMException).
        """
        provider = convert(str, provider, "setIdentityProvider: provider")
        given = RTCIdentityProviderOptions.convert(options, "RTCIdentityProviderOptions")
        self._check_open("setIdentityProvider")
        check_protocol("setIdentityProvider", given.protocol)
        self._identity.set_provider(provider, given)

    async def getIdentityAssertion(self) -> str:
        """The assertion that offers and answers will have, in JSON and base64, as in ``a=identity``.

        There is no need to call it: offers and answers wait for the assertion, which is got once and kept
        until another provider is set. Cancelling it cancels the waiting only.

        Raises:
            InvalidStateError: the connection is closed, or was closed meanwhile.
            OperationError: no provider is set, or what it gave is malformed.
            RTCError: the provider is not registered (``"idp-load-failure"``), failed
                (``"idp-execution-failure"``), took too long (``"idp-timeout"``), wants a login first
            (``"idp-need-login"``), and so on.
        """
        self._check_open("getIdentityAssertion")
        self._dispatcher.bind()
        return await self._identity.assertion()

    @property
    def peerIdentity(self) -> Awaitable[RTCIdentityAssertion]:
        """Who the remote peer is, when that was validated: await it, as often as needed.

        It waits for a remote description with an identity. When such a one proves wrong whoever waits gets
        the error, OperationError or RTCError, and ``peerIdentity`` is a new promise; with ``peerIdentity`` in
        the configuration it stays, and ``setRemoteDescription`` raises the same error. It raises
        InvalidStateError when the connection is closed before anything is known.
        """
        return self._identity.peer

    @property
    def idpLoginUrl(self) -> str | None:
        """Where to log in, when the identity provider asked for that last (``"idp-need-login"``)."""
        return self._identity.login_url

    @property
    def idpErrorInfo(self) -> str | None:
        """What the identity provider added to its last error, in a form of its own."""
        return self._identity.error_info

    def getConfiguration(self) -> RTCConfiguration:
        """A copy of the configuration (MDN: RTCPeerConnection.getConfiguration)."""
        return RTCConfiguration.convert(self._configuration)

    def setConfiguration(self, configuration: RTCConfiguration | Mapping[str, Any] | None = None) -> None:
        """Replace the configuration; what is absent takes its default.

        https://w3c.github.io/webrtc-pc/#set-the-configuration. ICE servers and ``iceTransportPolicy`` take
        effect with the next gathering: :meth:`restartIce` brings that about. On an error nothing changes.

        Raises:
            TypeError: a member has the wrong type.
            InvalidStateError: the connection is closed.
            InvalidModificationError: ``bundlePolicy``, ``rtcpMuxPolicy``, ``certificates``, ``peerIdentity``
                or ``alwaysNegotiateDataChannels`` is another one, or ``iceCandidatePoolSize`` is after
                ``setLocalDescription``.
            SyntaxError: a URL of an ICE server is malformed (the DOMException).
            InvalidAccessError: a TURN server without credentials.
            NotSupportedError: something that libwebrtc does not implement.
        """
        new = RTCConfiguration.convert(configuration, "RTCConfiguration")
        self._check_open("setConfiguration")
        old = self._configuration
        if new.peerIdentity is None:  # only one that is set can be wrong, and none takes it back
            new.peerIdentity = old.peerIdentity
        fixed = ["bundlePolicy", "rtcpMuxPolicy", "peerIdentity", "alwaysNegotiateDataChannels"]
        if self._set_local_called:
            fixed.append("iceCandidatePoolSize")
        for name in fixed:
            if getattr(new, name) != getattr(old, name):
                raise InvalidModificationError(
                    f"setConfiguration: {name} is {getattr(old, name)!r} for good, not {getattr(new, name)!r}"
                )
        if list(map(id, new.certificates)) != list(map(id, old.certificates)):
            raise InvalidModificationError("setConfiguration: certificates cannot be changed")
        new = _validated(new)
        self._native.set_configuration(new)
        self._configuration = new

    @staticmethod
    async def generateCertificate(keygenAlgorithm: str | Mapping[str, Any]) -> RTCCertificate:
        """Make a key pair and a certificate for it, to be given in ``RTCConfiguration.certificates``.

        https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-generatecertificate. The keys are made on a
        thread of their own, where long RSA keys take seconds and are waited for at exit; one after the other.

        Arguments:
            keygenAlgorithm: ``{"name": "ECDSA", "namedCurve": "P-256"}``, or ``{"name": "RSASSA-PKCS1-v1_5",
                "modulusLength": 2048, "publicExponent": bytes([1, 0, 1]), "hash": "SHA-256"}`` with 2048 to
                8192 bits; and in both ``"expires"``, milliseconds from now, 30 days at first, at most 365.

        Raises:
            TypeError: a member is missing or has the wrong type.
            NotSupportedError: another algorithm, curve, hash, length or exponent.
            OperationError: libwebrtc could not make one.
        """
        return await generate(keygenAlgorithm)

    def close(self) -> None:
        """End the connection now, with all of its channels and tracks. Idempotent.

        https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-close: no event is fired here. What is native
        is freed at once, in the background; :meth:`wait_closed` waits for that.
        """
        if self._closed:
            return
        self._closed = True
        self._signalingState = RTCSignalingState.CLOSED
        self._iceConnectionState = RTCIceConnectionState.CLOSED
        self._connectionState = RTCPeerConnectionState.CLOSED
        for transceiver in self._transceivers:
            transceiver._disappear()
        for channel in list(self._channels):
            channel._connection_closed()
        self._transports.close()
        self._operations.fail(InvalidStateError("the RTCPeerConnection was closed"))
        self._identity.close()
        self._dispatcher.closed(self)
        with contextlib.suppress(InvalidStateError):  # in a forked child, where nothing is to be closed
            self._native.close()

    async def wait_closed(self) -> None:
        """Wait until the native side of a closed connection is gone. Cancelling does nothing else.

        Raises:
            InvalidStateError: :meth:`close` was not called.
        """
        if not self._closed:
            raise InvalidStateError("wait_closed: close() was not called")
        if self._native_closed:
            return
        waiter: asyncio.Future[None] = self._dispatcher.loop.create_future()
        self._closing_waiters.add(waiter)
        try:
            await waiter
        finally:
            self._closing_waiters.discard(waiter)

    async def __aenter__(self) -> Self:
        # A connection that was made before the loop ran hears of events from here on.
        self._dispatcher.bind()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
        await self.wait_closed()

    def __repr__(self) -> str:
        return (
            f"<RTCPeerConnection {self._connectionState} signaling={self._signalingState} "
            f"ice={self._iceConnectionState}>"
        )

    # Shared by the methods above.

    def _check_open(self, method: str) -> None:
        if self._closed:
            raise InvalidStateError(f"{method}: the RTCPeerConnection is closed")

    def _check_signaling_state(self, method: str, *allowed: RTCSignalingState) -> None:
        if self._signalingState not in allowed:
            raise InvalidStateError(
                f"{method}: signalingState is {self._signalingState}, not one of {', '.join(allowed)}"
            )

    async def _chain(self, method: str, start: Start) -> Any:
        """Run an operation in its turn: https://w3c.github.io/webrtc-pc/#chain-an-asynchronous-operation"""
        self._check_open(method)
        return await self._operations.chain(self._dispatcher.loop, start)

    def _expect(self, done: _dispatcher.Done) -> int:
        """The id of a new operation, whose end calls ``done`` on the loop, once."""
        operation = self._dispatcher.next_id()
        self._awaited[operation] = done
        return operation

    def _chain_empty(self) -> None:
        # https://w3c.github.io/webrtc-pc/#dfn-update-the-negotiation-needed-flag: checked again in a task
        # of its own, so that whoever awaited the last operation goes on before that.
        if self._negotiation_event is not None:
            self._dispatcher.loop.call_soon(self._on_negotiation_needed, self._negotiation_event)

    def _transceiver(self, snapshot: _native.TransceiverSnapshot) -> RTCRtpTransceiver:
        """The one object for a native transceiver, brought up to date."""
        native = snapshot.transceiver
        transceiver = self._transceivers_by_key.get(native.key)
        if transceiver is None:
            transceiver = RTCRtpTransceiver._new(self, self._dispatcher, native)
            self._transceivers_by_key[native.key] = transceiver
            self._transceivers.append(transceiver)
        transceiver._apply(snapshot)
        transceiver._transport = self._transports.get(snapshot.transport)
        return transceiver

    async def _collect_stats(self) -> RTCStatsReport:
        loop = self._dispatcher.loop
        if self._stats is None:
            if self._last_stats is None:
                self._native.get_stats(self._expect(self._stats_collected))
            self._stats = loop.create_future()
            if self._last_stats is not None:
                self._stats.set_result(_report(self._last_stats))
        return await asyncio.shield(self._stats)

    def _stats_collected(self, error: BaseException | None, value: Any) -> None:
        # An error says that the connection was closed: the last report comes with the end of that.
        if error is None and self._stats is not None and not self._stats.done():
            self._stats.set_result(_report(value))
            self._stats = None

    def _forget_channel(self, channel: RTCDataChannel) -> None:
        self._channels.discard(channel)

    def _abandon(self) -> None:
        """The loop ends."""
        self.close()

    def _implicit_rollback(self) -> None:
        """Step 3.1 of https://w3c.github.io/webrtc-pc/#dom-peerconnection-setremotedescription.

        There it is a description of its own, with an event of its own; libwebrtc does both at once.
        """
        self._pendingLocalDescription = None
        self._signalingState = RTCSignalingState.STABLE
        self._fire_simple("signalingstatechange")

    def _apply(self, state: _native.PeerSnapshot) -> list[Callable[[], None]]:
        """Take over a snapshot; what is to be fired for it, in order, when all of it is in place."""
        self._apply_local(state.current_local, state.pending_local)
        self._currentRemoteDescription = _same_or_new(self._currentRemoteDescription, state.current_remote)
        self._pendingRemoteDescription = _same_or_new(self._pendingRemoteDescription, state.pending_remote)
        self._canTrickleIceCandidates = state.can_trickle_ice_candidates
        fire: list[Callable[[], None]] = []
        if self._signalingState != state.signaling_state:
            self._signalingState = RTCSignalingState(state.signaling_state)
            fire.append(lambda: self._fire_simple("signalingstatechange"))
        fire += self._apply_transceivers(state.transceivers, state.version)
        return fire + self._transports.apply(state)

    def _apply_local(self, current: _native.Description | None, pending: _native.Description | None) -> None:
        restored = self._identity.restored
        self._currentLocalDescription = _same_or_new(self._currentLocalDescription, current, restored)
        self._pendingLocalDescription = _same_or_new(self._pendingLocalDescription, pending, restored)

    def _apply_transceivers(
        self, snapshots: list[_native.TransceiverSnapshot], version: int
    ) -> list[Callable[[], None]]:
        """Steps 4.6.14 to 4.6.17 of https://w3c.github.io/webrtc-pc/#set-description, from the difference."""
        mutes: list[Callable[[], None]] = []
        removals: list[Callable[[], None]] = []
        additions: list[Callable[[], None]] = []
        tracks: list[Callable[[], None]] = []
        streams_before = remote_streams(self)
        known = dict.fromkeys(self._transceivers_by_key)
        present: list[RTCRtpTransceiver] = []
        for snapshot in snapshots:
            existing = self._transceivers_by_key.get(snapshot.transceiver.key)
            fired_before = existing is not None and existing._receives
            transceiver = self._transceiver(snapshot)
            present.append(transceiver)
            known.pop(snapshot.transceiver.key, None)
            receiver = transceiver.receiver
            streams = [self._remote_stream(id) for id in snapshot.receiver_stream_ids]
            if not transceiver._receives:
                streams = []
            added = [stream for stream in streams if stream not in receiver._streams]
            gone = [stream for stream in receiver._streams if stream not in streams]
            removals += [partial(stream._remove_remote, receiver.track) for stream in gone]
            additions += [partial(stream._add_remote, receiver.track) for stream in added]
            receiver._streams = streams
            if fired_before and not transceiver._receives:
                mutes.append(partial(receiver.track._source.mute, True))
            if transceiver._receives and (not fired_before or added):
                tracks.append(self._track_event(transceiver, streams))
        for key in known:
            transceiver = self._transceivers_by_key[key]
            if transceiver._version > version:  # added since then
                present.append(transceiver)
            else:  # rolled back
                del self._transceivers_by_key[key]
                receiver = transceiver.receiver
                removals += [partial(stream._remove_remote, receiver.track) for stream in receiver._streams]
                receiver._streams = []
                transceiver._disappear()
        self._transceivers = present
        changes = changed_streams(self, streams_before)
        streams = [partial(self._fire_new, MediaStreamEvent, type, stream=stream) for type, stream in changes]
        return mutes + removals + additions + streams + tracks

    def _remote_stream(self, id: str) -> MediaStream:
        stream = self._remote_streams.get(id)
        if stream is None:
            stream = self._remote_streams[id] = MediaStream._new(id)
        return stream

    def _track_event(self, transceiver: RTCRtpTransceiver, streams: list[MediaStream]) -> Callable[[], None]:
        return lambda: self._fire_new(
            RTCTrackEvent,
            "track",
            receiver=transceiver.receiver,
            track=transceiver.receiver.track,
            streams=tuple(streams),
            transceiver=transceiver,
        )

    def _fire_simple(self, type: str) -> None:
        self._fire_new(Event, type)

    def _fire_new(self, event: type[Event], type: str, **members: Any) -> None:
        # A listener may have closed the connection: nothing is fired from then on.
        if not self._closed and self._has_listeners(type):
            self._fire(event._new(type, **members))

    # What the dispatcher calls.

    def _on_operation(
        self, operation: int, error: BaseException | None, value: Any, state: _native.PeerSnapshot | None
    ) -> None:
        if state is not None and (self._signalingState, state.signaling_state) == (
            RTCSignalingState.HAVE_LOCAL_OFFER,
            RTCSignalingState.HAVE_REMOTE_OFFER,
        ):
            self._implicit_rollback()
        if state is not None and not self._closed:
            for fire in self._apply(state):
                fire()
        done = self._awaited.pop(operation, None)
        if done is not None:
            done(error, value)

    def _on_negotiation_needed(self, event_id: int) -> None:
        # https://w3c.github.io/webrtc-pc/#dfn-update-the-negotiation-needed-flag
        if self._closed:
            return
        if self._operations:
            self._negotiation_event = event_id
            return
        self._negotiation_event = None
        # To ask is to wait for the signaling thread.
        if self._has_listeners("negotiationneeded") and self._native.should_fire_negotiation_needed(event_id):
            self._fire_simple("negotiationneeded")

    def _on_ice_candidate(
        self,
        candidate: str,
        mid: str,
        mline_index: int,
        username_fragment: str,
        url: str,
        relay_protocol: str,
        current_local: _native.Description | None,
        pending_local: _native.Description | None,
    ) -> None:
        if self._closed:
            return
        self._apply_local(current_local, pending_local)
        # https://w3c.github.io/webrtc-pc/#rtcicecandidate, "a new ICE candidate is available": only where a
        # local description represents the generation that it was gathered for.
        if not self._transports.is_local_generation(username_fragment):
            return
        relay = RTCIceServerTransportProtocol(relay_protocol) if relay_protocol else None
        found = RTCIceCandidate._new(
            candidate, mid, mline_index, username_fragment or None, relay, url or None
        )
        self._transports.gathered(found)
        self._fire_new(RTCPeerConnectionIceEvent, "icecandidate", candidate=found, url=found.url)

    def _on_ice_candidate_error(self, address: str, port: int, url: str, code: int, text: str) -> None:
        self._fire_new(
            RTCPeerConnectionIceErrorEvent,
            "icecandidateerror",
            address=address or None,
            port=port or None,
            url=url,
            errorCode=code,
            errorText=text,
        )

    def _on_data_channel(self, native: _native.DataChannel) -> None:
        # https://w3c.github.io/webrtc-pc/#announce-datachannel-instance
        if self._closed:
            return
        channel = RTCDataChannel._new(
            self, self._dispatcher, native, RTCDataChannelState.OPEN, native.priority
        )
        self._channels.add(channel)
        self._fire_new(RTCDataChannelEvent, "datachannel", channel=channel)
        channel._announce_open()

    def _on_closed(self, last_stats: list[dict[str, Any]]) -> None:
        self._native_closed = True
        self._dispatcher.forget(self._native.key)
        self._codecs.close()
        # libwebrtc does not end every operation that it has begun.
        for done in list(self._awaited.values()):
            done(InvalidStateError("the RTCPeerConnection was closed"), None)
        self._awaited.clear()
        self._last_stats = last_stats
        if self._stats is not None:
            self._stats.set_result(_report(last_stats))
        _dispatcher.wake(self._closing_waiters)


def _report(stats: list[dict[str, Any]]) -> RTCStatsReport:
    # Their classes are a quarter of what connections need to be imported, and many never ask.
    from .stats import make_stats
    from .statsreport import RTCStatsReport

    return RTCStatsReport._new(map(make_stats, stats))


def _validated(configuration: RTCConfiguration) -> RTCConfiguration:
    """A copy whose servers have been checked and have lists of URLs."""
    servers = [replace(server, urls=validated_urls(server)) for server in configuration.iceServers]
    return replace(configuration, iceServers=servers)


def _check_certificates(certificates: list[RTCCertificate]) -> None:
    now = time.time() * 1000
    for certificate in certificates:
        if certificate.expires <= now:
            raise InvalidAccessError(f"RTCConfiguration.certificates: {certificate!r} has expired")


def _checked(type: RTCSdpType | str, sdp: str) -> _native.Description:
    if type != RTCSdpType.ROLLBACK:
        check(sdp)
    return _native.Description(type, sdp)


def _description(native: _native.Description) -> RTCSessionDescription:
    return RTCSessionDescription._new(native.type, native.sdp)


def _same_or_new(
    known: RTCSessionDescription | None,
    native: _native.Description | None,
    restored: Callable[[str], str] = str,
) -> RTCSessionDescription | None:
    """The object that is there, where nothing has changed: descriptions keep their identity."""
    if native is None:
        return None
    sdp = restored(native.sdp)
    if known is not None and known.sdp == sdp and known.type == native.type:
        return known
    return RTCSessionDescription._new(native.type, sdp)
