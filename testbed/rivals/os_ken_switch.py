#!/usr/bin/env python3
"""A learning switch on os-ken, as its tutorials have it, on OpenFlow 1.0 and 1.3: os_ken_switch.py PORT

os-ken brings neither applications nor a command that runs them any more.
"""

import sys

from os_ken import cfg
from os_ken.base import app_manager
from os_ken.controller import ofp_event
from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
from os_ken.lib.packet import ethernet, packet
from os_ken.ofproto import ofproto_v1_0, ofproto_v1_3


class LearningSwitch(app_manager.OSKenApp):
    OFP_VERSIONS = [ofproto_v1_0.OFP_VERSION, ofproto_v1_3.OFP_VERSION]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.ports = {}

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)
    def introduce(self, event):
        """Has the switch ask about what no flow takes; one of 1.0 does so by itself."""
        datapath = event.msg.datapath
        proto, parser = datapath.ofproto, datapath.ofproto_parser
        if proto.OFP_VERSION == ofproto_v1_3.OFP_VERSION:
            actions = [parser.OFPActionOutput(proto.OFPP_CONTROLLER, proto.OFPCML_NO_BUFFER)]
            self.add_flow(datapath, 0, parser.OFPMatch(), actions, proto.OFP_NO_BUFFER)

    @set_ev_cls(ofp_event.EventOFPPacketIn, MAIN_DISPATCHER)
    def answer(self, event):
        message = event.msg
        datapath = message.datapath
        proto, parser = datapath.ofproto, datapath.ofproto_parser
        old = proto.OFP_VERSION == ofproto_v1_0.OFP_VERSION
        in_port = message.in_port if old else message.match["in_port"]
        header = packet.Packet(message.data).get_protocol(ethernet.ethernet)

        learnt = self.ports.setdefault(datapath.id, {})
        learnt[header.src] = in_port
        out_port = learnt.get(header.dst, proto.OFPP_FLOOD)
        actions = [parser.OFPActionOutput(out_port)]
        if out_port != proto.OFPP_FLOOD:
            names = ("dl_dst", "dl_src") if old else ("eth_dst", "eth_src")
            fields = {"in_port": in_port, names[0]: header.dst, names[1]: header.src}
            self.add_flow(datapath, 1, parser.OFPMatch(**fields), actions, message.buffer_id)
            if message.buffer_id != NO_BUFFER:
                # The flow takes the packet along.
                return
        data = message.data if message.buffer_id == NO_BUFFER else None
        datapath.send_msg(parser.OFPPacketOut(
            datapath=datapath, buffer_id=message.buffer_id, in_port=in_port, actions=actions, data=data))

    @staticmethod
    def add_flow(datapath, priority, match, actions, buffer_id):
        proto, parser = datapath.ofproto, datapath.ofproto_parser
        if proto.OFP_VERSION == ofproto_v1_0.OFP_VERSION:
            what = {"actions": actions}
        else:
            apply = parser.OFPInstructionActions(proto.OFPIT_APPLY_ACTIONS, actions)
            what = {"instructions": [apply]}
        datapath.send_msg(parser.OFPFlowMod(
            datapath=datapath, command=proto.OFPFC_ADD, priority=priority, match=match,
            buffer_id=buffer_id, **what))


NO_BUFFER = 0xFFFFFFFF

if __name__ == "__main__":
    cfg.CONF([], project="os_ken")
    cfg.CONF.set_override("ofp_listen_host", "127.0.0.1")
    cfg.CONF.set_override("ofp_tcp_listen_port", int(sys.argv[1]))
    app_manager.AppManager.run_apps([__name__])
