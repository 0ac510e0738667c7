use crate::Version;

/// Type of a message, as in its header: an open registry (OpenFlow 1.4 §7.1.1).
///
/// The constants, and names and senders, are those of OpenFlow 1.1 on. In OpenFlow 1.0 the types
/// up to [`MessageType::FLOW_MOD`] have the same numbers, and seven others have lower ones.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MessageType(pub u8);

/// Who may send a message of some type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sender {
    /// Switch and controller.
    Both,
    /// The switch: replies and what it says unasked.
    Switch,
    /// The controller: requests and commands.
    Controller,
    /// Nobody: the type is not assigned.
    Nobody,
}

impl MessageType {
    /// Returns the number that the type has in the header of a message of this version; its own if
    /// the version does not have it.
    pub(crate) fn in_header(self, version: Version) -> MessageType {
        if version != Version::V1_0 {
            return self;
        }
        match IN_1_0.iter().position(|kind| *kind == self) {
            Some(at) => MessageType(FIRST_MOVED + at as u8),
            None => self,
        }
    }

    /// Returns the type that a number in the header of a message of this version stands for, or
    /// nothing if OpenFlow 1.0 does not have it.
    pub(crate) fn meant_in(self, version: Version) -> Option<MessageType> {
        if version != Version::V1_0 || self.0 < FIRST_MOVED {
            return Some(self);
        }
        IN_1_0.get(usize::from(self.0 - FIRST_MOVED)).copied()
    }
}

/// The types of OpenFlow 1.0 from number 15 on (OpenFlow 1.0 §5.1).
const IN_1_0: [MessageType; 7] = [
    MessageType::PORT_MOD,
    MessageType::MULTIPART_REQUEST,
    MessageType::MULTIPART_REPLY,
    MessageType::BARRIER_REQUEST,
    MessageType::BARRIER_REPLY,
    MessageType::QUEUE_GET_CONFIG_REQUEST,
    MessageType::QUEUE_GET_CONFIG_REPLY,
];
const FIRST_MOVED: u8 = 15;

macro_rules! message_types {
    ($($name:ident = $value:literal, $sender:ident, $doc:literal;)*) => {
        impl MessageType {
            $(#[doc = $doc] pub const $name: MessageType = MessageType($value);)*

            /// Returns the name in the specification, `OFPT_UNKNOWN` for a type that has none.
            pub fn name(self) -> &'static str {
                match self {
                    $(MessageType::$name => concat!("OFPT_", stringify!($name)),)*
                    MessageType(_) => "OFPT_UNKNOWN",
                }
            }

            /// Returns who may send messages of this type.
            pub fn sender(self) -> Sender {
                match self {
                    $(MessageType::$name => Sender::$sender,)*
                    MessageType(_) => Sender::Nobody,
                }
            }
        }
    };
}

message_types! {
    HELLO = 0, Both, "Opens the conversation.";
    ERROR = 1, Both, "Something could not be done.";
    ECHO_REQUEST = 2, Both, "Asks for an echo reply.";
    ECHO_REPLY = 3, Both, "Answers an echo request.";
    EXPERIMENTER = 4, Both, "A message that the specification does not define.";
    FEATURES_REQUEST = 5, Controller, "Asks who the switch is.";
    FEATURES_REPLY = 6, Switch, "Says who the switch is.";
    GET_CONFIG_REQUEST = 7, Controller, "Asks how the switch is configured.";
    GET_CONFIG_REPLY = 8, Switch, "Says how the switch is configured.";
    SET_CONFIG = 9, Controller, "Configures the switch.";
    PACKET_IN = 10, Switch, "A packet that the switch asks about.";
    FLOW_REMOVED = 11, Switch, "A flow that is no more.";
    PORT_STATUS = 12, Switch, "A port that came, went or changed.";
    PACKET_OUT = 13, Controller, "A packet to send.";
    FLOW_MOD = 14, Controller, "A change to a flow table.";
    GROUP_MOD = 15, Controller, "A change to the group table.";
    PORT_MOD = 16, Controller, "A change to a port.";
    TABLE_MOD = 17, Controller, "A change to how a table works.";
    MULTIPART_REQUEST = 18, Controller, "Asks about the switch's state.";
    MULTIPART_REPLY = 19, Switch, "Answers a multipart request.";
    BARRIER_REQUEST = 20, Controller, "Asks whether all before it is done.";
    BARRIER_REPLY = 21, Switch, "Says that all before the request is done.";
    QUEUE_GET_CONFIG_REQUEST = 22, Controller, "Asks about queues (1.3).";
    QUEUE_GET_CONFIG_REPLY = 23, Switch, "Describes queues (1.3).";
    ROLE_REQUEST = 24, Controller, "Asks for a role.";
    ROLE_REPLY = 25, Switch, "Says which role the controller has.";
    GET_ASYNC_REQUEST = 26, Controller, "Asks what the switch sends unasked.";
    GET_ASYNC_REPLY = 27, Switch, "Says what the switch sends unasked.";
    SET_ASYNC = 28, Controller, "Sets what the switch sends unasked.";
    METER_MOD = 29, Controller, "A change to a meter.";
    ROLE_STATUS = 30, Switch, "Says that the controller's role changed (1.4 on).";
    TABLE_STATUS = 31, Switch, "Says that a table's state changed (1.4 on).";
    REQUESTFORWARD = 32, Switch, "Another controller's request (1.4 on).";
    BUNDLE_CONTROL = 33, Both, "Opens, closes, commits or discards a bundle (1.4 on).";
    BUNDLE_ADD_MESSAGE = 34, Controller, "Puts a message in a bundle (1.4 on).";
    CONTROLLER_STATUS = 35, Switch, "Tells of a controller (1.5 on).";
}
