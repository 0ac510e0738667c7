//! The surroundings of a channel, which hold it to what it promises.

use std::collections::BTreeSet;

use openflow::channel::{Action, Channel, Event, MAX_REFUSED, Timer, is_own};
use openflow::{
    Capabilities, Dpid, Features, Frame, GenerationId, Message, MultipartFlags, MultipartReply,
    MultipartReplyBody, Role, RoleRequest, Version,
};

/// What the channel's surroundings know, and may demand of it.
pub(crate) struct Driver {
    channel: Channel,
    timers: BTreeSet<Timer>,
    /// Last request of the channel that a switch answers.
    asked: Option<Frame>,
    opened: bool,
    up: bool,
    closed: bool,
}

impl Driver {
    /// Returns the surroundings of a new channel that speaks these versions.
    pub(crate) fn new(allowed: &[Version]) -> Self {
        Driver {
            channel: Channel::new(allowed),
            timers: BTreeSet::new(),
            asked: None,
            opened: false,
            up: false,
            closed: false,
        }
    }

    /// Lets the channel handle an event; a timer fires only if it runs.
    pub(crate) fn happen(&mut self, event: Event) {
        if let Event::Timeout(timer) = &event
            && !self.timers.remove(timer)
        {
            return;
        }
        self.opened |= event == Event::Opened;
        let heard = length(&event);
        let mut actions = Vec::new();
        self.channel.handle(event, &mut actions);
        assert!(actions.len() <= MOST_ACTIONS, "{actions:?}");
        let mut said = 0;
        for action in actions {
            assert!(!self.closed, "{action:?} after the end");
            said += self.carry_out(action);
        }
        assert!(said <= heard + MOST_UNASKED, "{said} bytes for {heard}");
        assert!(self.channel.refused() <= MAX_REFUSED + 1);
        assert_eq!(self.channel.is_up(), self.up && !self.closed);
        self.check_timers();
    }

    /// Returns whether the handshake came to its end, well or badly.
    pub(crate) fn is_settled(&self) -> bool {
        self.channel.is_up() || self.closed
    }

    /// Returns the channel's last request.
    pub(crate) fn asked(&self) -> Option<&Frame> {
        self.asked.as_ref()
    }

    /// Returns what a switch answers to the last request.
    pub(crate) fn proper_answer(&self) -> Option<Event> {
        let asked = self.asked()?;
        let message = match &asked.message {
            Message::Hello(hello) => Message::Hello(hello.clone()),
            Message::FeaturesRequest => features(0),
            Message::RoleRequest(_) => role(),
            Message::MultipartRequest(_) => ports(false),
            Message::EchoRequest(data) => Message::EchoReply(data.clone()),
            _ => return None,
        };
        Some(Event::Frame(Frame { version: asked.version, xid: asked.xid, message }))
    }

    /// Does what the channel asks for; returns how many bytes it sends.
    fn carry_out(&mut self, action: Action) -> usize {
        match action {
            Action::Send(frame) => return self.send(frame),
            Action::SetTimer(timer) => {
                assert!(self.timers.insert(timer), "{timer:?} runs already");
            }
            Action::ClearTimer(timer) => {
                assert!(self.timers.remove(&timer), "{timer:?} does not run");
            }
            Action::Up(info) => {
                assert!(!self.up, "up twice");
                assert_eq!(info.version, self.channel.version());
                self.up = true;
            }
            Action::Deliver(frame) => {
                assert!(self.up, "{frame:?} before up");
                assert_eq!(frame.version, self.channel.version());
            }
            Action::Close(_) => {
                self.closed = true;
                self.timers.clear();
            }
        }
        0
    }

    fn send(&mut self, frame: Frame) -> usize {
        assert!(!frame.message.changes_switch(), "{frame:?} changes the switch");
        let answer = matches!(frame.message, Message::EchoReply(_) | Message::Error(_));
        assert!(answer || is_own(frame.xid), "{frame:?}");
        let mut bytes = Vec::new();
        assert!(frame.encode(&mut bytes).is_ok());
        if !answer {
            self.asked = Some(frame);
        }
        bytes.len()
    }

    /// An open channel always waits for exactly one timer: it can neither hang nor be asked twice.
    fn check_timers(&self) {
        let running: Vec<Timer> = self.timers.iter().copied().collect();
        let expected: &[&[Timer]] = match (self.opened && !self.closed, self.up) {
            (false, _) => &[&[]],
            (true, false) => &[&[Timer::Handshake]],
            (true, true) => &[&[Timer::Idle], &[Timer::Echo]],
        };
        assert!(expected.contains(&running.as_slice()), "{running:?}");
    }
}

/// Returns a features reply, of an auxiliary connection unless 0.
pub(crate) fn features(auxiliary_id: u8) -> Message {
    Message::FeaturesReply(Features {
        dpid: Dpid(1),
        n_buffers: 0,
        n_tables: 1,
        auxiliary_id,
        capabilities: Capabilities::empty(),
        actions: 0,
        ports: vec![],
    })
}

/// Returns the reply of a switch that nobody is master of.
pub(crate) fn role() -> Message {
    Message::RoleReply(RoleRequest::new(Role::Equal, GenerationId::UNDEFINED))
}

/// Returns a description of no ports, perhaps with more to come.
pub(crate) fn ports(more: bool) -> Message {
    Message::MultipartReply(MultipartReply {
        flags: if more { MultipartFlags::MORE } else { MultipartFlags::empty() },
        body: MultipartReplyBody::PortDesc(vec![]),
    })
}

/// Returns how many bytes the switch sent.
fn length(event: &Event) -> usize {
    let Event::Frame(frame) = event else { return 0 };
    let mut bytes = Vec::new();
    frame.encode(&mut bytes).map_or(0, |()| bytes.len())
}

/// The end of waiting for an echo, an answer, and the end of the connection.
const MOST_ACTIONS: usize = 4;
/// What the channel may say beyond the length of what it heard: an error, or its next request, in bytes.
const MOST_UNASKED: usize = 128;
