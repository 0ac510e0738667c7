"""What os-ken builds; `openflow/tests/interop/said.rs` has what each of it means."""

MAC = "02:00:00:00:00:01"
MAC_PART = (MAC, "ff:ff:ff:00:00:00")
PACKET = b"\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x88\xb5data"


def sayings(datapath):
    """Returns names and messages."""
    proto, parser = datapath.ofproto, datapath.ofproto_parser
    every = {**common(datapath, proto, parser)}
    if proto.OFP_VERSION == 1:
        every |= version_1_0(datapath, proto, parser)
        return every.items()
    every |= since_1_3(datapath, proto, parser) | statistics(datapath, proto, parser)
    if proto.OFP_VERSION == 4:
        every |= only_1_3(datapath, proto, parser)
    else:
        every |= since_1_4(datapath, proto, parser)
    every |= groups_1_5(datapath, proto, parser) if proto.OFP_VERSION == 6 else groups(datapath, proto, parser)
    if proto.OFP_VERSION == 6:
        every |= only_1_5(datapath, proto, parser)
    return every.items()


def common(datapath, proto, parser):
    return {
        # It writes none of the elements that it may have.
        "hello": parser.OFPHello(datapath),
        "error": parser.OFPErrorMsg(datapath, type_=1, code=5, data=b"\x01\x02"),
        "echo-request": parser.OFPEchoRequest(datapath, data=b"\x01\x02"),
        "echo-reply": parser.OFPEchoReply(datapath, data=b"\x03"),
        "features-request": parser.OFPFeaturesRequest(datapath),
        "get-config": parser.OFPGetConfigRequest(datapath),
        "set-config": parser.OFPSetConfig(datapath, flags=1, miss_send_len=128),
        "barrier": parser.OFPBarrierRequest(datapath),
    }


# --- OpenFlow 1.0 ------------------------------------------------------------------------------------


def version_1_0(datapath, proto, parser):
    match = parser.OFPMatch(
        in_port=1, dl_src=MAC, dl_dst=MAC, dl_vlan=5, dl_vlan_pcp=3, dl_type=0x800, nw_tos=32, nw_proto=6,
        nw_src="10.0.0.0", nw_src_mask=8, nw_dst="10.0.0.2", tp_src=1000, tp_dst=80)
    actions = [
        parser.OFPActionOutput(proto.OFPP_CONTROLLER, 128),
        parser.OFPActionVlanVid(5),
        parser.OFPActionVlanPcp(3),
        parser.OFPActionStripVlan(),
        parser.OFPActionSetDlSrc(MAC),
        parser.OFPActionSetDlDst(MAC),
        parser.OFPActionSetNwSrc("10.0.0.1"),
        parser.OFPActionSetNwDst("10.0.0.2"),
        parser.OFPActionSetNwTos(32),
        parser.OFPActionSetTpSrc(1000),
        parser.OFPActionSetTpDst(80),
        parser.OFPActionEnqueue(2, 3),
    ]
    flow = dict(
        match=match, cookie=0x1234, idle_timeout=60, hard_timeout=90, priority=10, flags=proto.OFPFF_SEND_FLOW_REM)
    anything = parser.OFPMatch()
    return {
        "flow-add": parser.OFPFlowMod(datapath, actions=actions, **flow),
        "flow-delete": parser.OFPFlowMod(datapath, match=anything, command=proto.OFPFC_DELETE, out_port=2, priority=0),
        "packet-out": parser.OFPPacketOut(
            datapath, buffer_id=0xFFFFFFFF, in_port=3, actions=[parser.OFPActionOutput(proto.OFPP_FLOOD, 0)],
            data=PACKET),
        "port-mod": parser.OFPPortMod(datapath, port_no=3, hw_addr=MAC, config=1, mask=0x21),
        "desc": parser.OFPDescStatsRequest(datapath, 0),
        "flow-stats": parser.OFPFlowStatsRequest(datapath, 0, match, 0xFF, proto.OFPP_NONE),
        "aggregate": parser.OFPAggregateStatsRequest(datapath, 0, anything, 0xFF, 2),
        "table-stats": parser.OFPTableStatsRequest(datapath, 0),
        "port-stats": parser.OFPPortStatsRequest(datapath, 0, proto.OFPP_NONE),
        "queue-stats": parser.OFPQueueStatsRequest(datapath, 0, proto.OFPP_ALL, proto.OFPQ_ALL),
        "queue-config": parser.OFPQueueGetConfigRequest(datapath, 2),
        "role-request": parser.NXTRoleRequest(datapath, role=1),
        "nicira-actions": parser.OFPPacketOut(
            datapath, buffer_id=0xFFFFFFFF, in_port=proto.OFPP_NONE, actions=nicira_actions(parser), data=b""),
    }


# --- OpenFlow 1.3 and later --------------------------------------------------------------------------


def since_1_3(datapath, proto, parser):
    fields = {
        "in_port": 1, "in_phy_port": 2, "metadata": (0x12, 0xFF), "eth_dst": MAC_PART, "eth_src": MAC,
        "eth_type": 0x800, "vlan_vid": 0x1005, "vlan_pcp": 3, "ip_dscp": 46, "ip_ecn": 1, "ip_proto": 6,
        "ipv4_src": ("10.0.0.0", "255.0.0.0"), "ipv4_dst": "10.0.0.2", "tcp_src": 1000, "tcp_dst": 80,
        "udp_src": 1001, "udp_dst": 53, "sctp_src": 1002, "sctp_dst": 54, "icmpv4_type": 8, "icmpv4_code": 1,
        "arp_op": 1, "arp_spa": "10.0.0.3", "arp_tpa": "10.0.0.4", "arp_sha": MAC, "arp_tha": MAC_PART,
        "ipv6_src": ("2001:db8::", "ffff:ffff::"), "ipv6_dst": "2001:db8::1", "ipv6_flabel": 0xFFFFF,
        "icmpv6_type": 135, "icmpv6_code": 2, "ipv6_nd_target": "2001:db8::2", "ipv6_nd_sll": MAC,
        "ipv6_nd_tll": MAC, "mpls_label": 0xABCDE, "mpls_tc": 5, "mpls_bos": 1, "pbb_isid": 0xABCDEF,
        "tunnel_id": (7, 0xFF), "ipv6_exthdr": (1, 0x1FF),
    }
    if proto.OFP_VERSION >= 5:
        fields["pbb_uca"] = 1
    if proto.OFP_VERSION >= 6:
        fields |= {"tcp_flags": (2, 0xFFF), "actset_output": 3, "packet_type": 0x10800}
    # What names no port or group but all.
    flow = {"datapath": datapath, "out_port": proto.OFPP_ANY, "out_group": proto.OFPG_ANY}
    return {
        "experimenter": parser.OFPExperimenter(datapath, 0x1234, 5, b"\x06"),
        "role-request": role_request(datapath, proto, parser),
        "get-async": parser.OFPGetAsyncRequest(datapath),
        "match": parser.OFPFlowMod(
            **flow, cookie=0x1234, table_id=1, idle_timeout=60, hard_timeout=90, priority=10,
            flags=proto.OFPFF_SEND_FLOW_REM | proto.OFPFF_CHECK_OVERLAP, match=parser.OFPMatch(**fields)),
        "instructions": parser.OFPFlowMod(
            **flow, command=proto.OFPFC_MODIFY_STRICT, cookie=0x10, cookie_mask=0xF0, priority=0,
            match=parser.OFPMatch(), instructions=instructions(proto, parser)),
        "actions": packet_out(datapath, proto, parser, actions(proto, parser), PACKET),
        "nicira-actions": packet_out(datapath, proto, parser, nicira_actions(parser), b""),
        "meter-add": parser.OFPMeterMod(
            datapath, command=proto.OFPMC_ADD, flags=proto.OFPMF_KBPS | proto.OFPMF_BURST, meter_id=5,
            bands=[parser.OFPMeterBandDrop(1000, 200), parser.OFPMeterBandDscpRemark(500, 100, 1)]),
        "meter-delete": parser.OFPMeterMod(
            datapath, command=proto.OFPMC_DELETE, flags=0, meter_id=proto.OFPM_ALL, bands=[]),
    }


def role_request(datapath, proto, parser):
    more = {"short_id": 9} if proto.OFP_VERSION == 6 else {}
    return parser.OFPRoleRequest(datapath, role=proto.OFPCR_ROLE_MASTER, generation_id=3, **more)


def packet_out(datapath, proto, parser, actions, data):
    if proto.OFP_VERSION == 6:
        where = {"match": parser.OFPMatch(in_port=3)}
    else:
        where = {"in_port": 3}
    return parser.OFPPacketOut(datapath, buffer_id=proto.OFP_NO_BUFFER, actions=actions, data=data, **where)


def instructions(proto, parser):
    output = [parser.OFPActionOutput(2, 0)]
    return [
        parser.OFPInstructionGotoTable(2),
        parser.OFPInstructionWriteMetadata(1, 0xFF),
        parser.OFPInstructionActions(proto.OFPIT_WRITE_ACTIONS, output),
        parser.OFPInstructionActions(proto.OFPIT_APPLY_ACTIONS, [parser.OFPActionPopVlan(), *output]),
        parser.OFPInstructionActions(proto.OFPIT_CLEAR_ACTIONS, []),
    ]


def actions(proto, parser):
    return [
        parser.OFPActionOutput(proto.OFPP_CONTROLLER, 128),
        parser.OFPActionGroup(7),
        parser.OFPActionSetQueue(3),
        parser.OFPActionSetMplsTtl(64),
        parser.OFPActionDecMplsTtl(),
        parser.OFPActionSetNwTtl(32),
        parser.OFPActionDecNwTtl(),
        parser.OFPActionCopyTtlOut(),
        parser.OFPActionCopyTtlIn(),
        parser.OFPActionPushVlan(0x8100),
        parser.OFPActionPushMpls(0x8847),
        parser.OFPActionPopVlan(),
        parser.OFPActionPopMpls(0x800),
        parser.OFPActionPushPbb(0x88E7),
        parser.OFPActionPopPbb(),
        parser.OFPActionSetField(eth_src=MAC),
        parser.OFPActionSetField(vlan_vid=0x1005),
        parser.OFPActionSetField(ipv6_dst="2001:db8::1"),
        parser.OFPActionSetField(tunnel_id=7),
    ]


def groups(datapath, proto, parser):
    select = [
        parser.OFPBucket(weight=100, actions=[parser.OFPActionPopVlan(), parser.OFPActionOutput(1, 0)]),
        parser.OFPBucket(weight=200, actions=[]),
    ]
    watching = [parser.OFPBucket(watch_port=1, watch_group=7, actions=[parser.OFPActionGroup(7)])]
    return {
        "group-add": parser.OFPGroupMod(datapath, proto.OFPGC_ADD, proto.OFPGT_SELECT, 4, select),
        "group-modify": parser.OFPGroupMod(datapath, proto.OFPGC_MODIFY, proto.OFPGT_FF, 5, watching),
        "group-delete": parser.OFPGroupMod(datapath, proto.OFPGC_DELETE, proto.OFPGT_ALL, proto.OFPG_ALL, []),
    }


def statistics(datapath, proto, parser):
    some = {"table_id": 1, "out_port": 2, "out_group": 3, "cookie": 4, "cookie_mask": 5}
    request = {"datapath": datapath, "flags": 0}
    flows = parser.OFPFlowDescStatsRequest if proto.OFP_VERSION == 6 else parser.OFPFlowStatsRequest
    return {
        "desc": parser.OFPDescStatsRequest(**request),
        "flow-stats": flows(**request, **some, match=parser.OFPMatch(eth_dst=MAC)),
        "aggregate": parser.OFPAggregateStatsRequest(**request, **some, match=parser.OFPMatch(in_port=1)),
        "table-stats": parser.OFPTableStatsRequest(**request),
        "port-stats": parser.OFPPortStatsRequest(**request, port_no=proto.OFPP_ANY),
        "queue-stats": parser.OFPQueueStatsRequest(**request, port_no=2, queue_id=proto.OFPQ_ALL),
        "group-stats": parser.OFPGroupStatsRequest(**request, group_id=proto.OFPG_ALL),
        "group-desc": parser.OFPGroupDescStatsRequest(**request),
        "group-features": parser.OFPGroupFeaturesStatsRequest(**request),
        "meter-stats": parser.OFPMeterStatsRequest(**request, meter_id=3),
        "meter-features": parser.OFPMeterFeaturesStatsRequest(**request),
        "port-desc": parser.OFPPortDescStatsRequest(**request),
        "table-features": parser.OFPTableFeaturesStatsRequest(
            datapath, body=[table_features(proto, parser)], flags=0),
    }


def table_features(proto, parser):
    if proto.OFP_VERSION == 6:
        more = {"command": proto.OFPTFC_MODIFY, "features": proto.OFPTFF_INGRESS_TABLE, "capabilities": 0}
    else:
        more = {"config": 0}
    match = [parser.OFPOxmId("in_port"), parser.OFPOxmId("eth_dst", hasmask=True)]
    set_field = [parser.OFPOxmId("vlan_vid")]
    return parser.OFPTableFeaturesStats(
        table_id=1, name=b"main", metadata_match=0xFF, metadata_write=0xF, max_entries=1000, **more,
        properties=[
            parser.OFPTableFeaturePropInstructions(
                proto.OFPTFPT_INSTRUCTIONS, instruction_ids=[parser.OFPInstructionId(1), parser.OFPInstructionId(4)]),
            parser.OFPTableFeaturePropNextTables(proto.OFPTFPT_NEXT_TABLES, table_ids=[2, 3, 4]),
            parser.OFPTableFeaturePropActions(
                proto.OFPTFPT_APPLY_ACTIONS, action_ids=[parser.OFPActionId(0), parser.OFPActionId(25)]),
            parser.OFPTableFeaturePropOxm(proto.OFPTFPT_MATCH, oxm_ids=match),
            parser.OFPTableFeaturePropOxm(proto.OFPTFPT_APPLY_SETFIELD, oxm_ids=set_field),
        ])


# --- what only some versions have --------------------------------------------------------------------


def only_1_3(datapath, proto, parser):
    barrier = parser.OFPBarrierRequest(datapath)
    barrier.set_xid(7)
    return {
        "port-mod": parser.OFPPortMod(datapath, 3, MAC, proto.OFPPC_PORT_DOWN, proto.OFPPC_PORT_DOWN, 0x20),
        "table-mod": parser.OFPTableMod(datapath, 2, 3),
        "set-async": parser.OFPSetAsync(datapath, [1, 2], [3, 4], [5, 6]),
        "queue-config": parser.OFPQueueGetConfigRequest(datapath, proto.OFPP_ANY),
        "meter-config": parser.OFPMeterConfigStatsRequest(datapath, 0, proto.OFPM_ALL),
        "bundle-open": parser.ONFBundleCtrlMsg(
            datapath, 9, proto.ONF_BCT_OPEN_REQUEST, proto.ONF_BF_ATOMIC | proto.ONF_BF_ORDERED, []),
        "bundle-add": parser.ONFBundleAddMsg(datapath, 9, proto.ONF_BF_ATOMIC, barrier, []),
    }


def since_1_4(datapath, proto, parser):
    optical = parser.OFPPortModPropOptical(
        type_=proto.OFPPMPT_OPTICAL, configure=0xA, freq_lmda=193100000, fl_offset=2, grid_span=50000, tx_pwr=15)
    ethernet = parser.OFPPortModPropEthernet(type_=proto.OFPPMPT_ETHERNET, advertise=0x20)
    tables = [
        parser.OFPTableModPropEviction(type_=proto.OFPTMPT_EVICTION, flags=6),
        parser.OFPTableModPropVacancy(type_=proto.OFPTMPT_VACANCY, vacancy_down=20, vacancy_up=80, vacancy=0),
    ]
    masks = [
        parser.OFPAsyncConfigPropReasons(type_=proto.OFPACPT_PACKET_IN_MASTER, mask=3),
        parser.OFPAsyncConfigPropReasons(type_=proto.OFPACPT_ROLE_STATUS_SLAVE, mask=1),
    ]
    deletion = parser.OFPMeterMod(datapath, proto.OFPMC_DELETE, 0, 4, [])
    deletion.set_xid(7)
    request = {"datapath": datapath, "flags": 0}
    return {
        "importance": parser.OFPFlowMod(
            datapath, importance=5, out_port=proto.OFPP_ANY, out_group=proto.OFPG_ANY, match=parser.OFPMatch()),
        "port-mod": parser.OFPPortMod(
            datapath, 3, MAC, proto.OFPPC_PORT_DOWN, proto.OFPPC_PORT_DOWN, [ethernet, optical]),
        "table-mod": parser.OFPTableMod(datapath, 0xFF, 0xC, tables),
        "set-async": parser.OFPSetAsync(datapath, masks),
        "table-desc": parser.OFPTableDescStatsRequest(**request),
        "queue-desc": parser.OFPQueueDescStatsRequest(**request, port_no=2),
        "flow-monitor": parser.OFPFlowMonitorRequest(
            **request, monitor_id=1, out_port=2, monitor_flags=0x13, table_id=1, match=parser.OFPMatch(in_port=3)),
        "bundle-open": parser.OFPBundleCtrlMsg(
            datapath, 9, proto.OFPBCT_OPEN_REQUEST, proto.OFPBF_ATOMIC | proto.OFPBF_ORDERED, []),
        "bundle-add": parser.OFPBundleAddMsg(datapath, 9, proto.OFPBF_ATOMIC, deletion, []),
    }


def groups_1_5(datapath, proto, parser):
    weight = parser.OFPGroupBucketPropWeight(type_=proto.OFPGBPT_WEIGHT, weight=100)
    watch = parser.OFPGroupBucketPropWatch(type_=proto.OFPGBPT_WATCH_PORT, watch=1)
    select = parser.OFPBucket(
        bucket_id=1, actions=[parser.OFPActionPopVlan(), parser.OFPActionOutput(1, 0)], properties=[weight])
    watching = parser.OFPBucket(bucket_id=7, actions=[parser.OFPActionGroup(7)], properties=[watch])
    return {
        "group-add": parser.OFPGroupMod(
            datapath, proto.OFPGC_ADD, proto.OFPGT_SELECT, 4, proto.OFPG_BUCKET_ALL, [select]),
        "group-insert": parser.OFPGroupMod(
            datapath, proto.OFPGC_INSERT_BUCKET, proto.OFPGT_FF, 5, proto.OFPG_BUCKET_FIRST, [watching]),
        "group-remove": parser.OFPGroupMod(
            datapath, proto.OFPGC_REMOVE_BUCKET, proto.OFPGT_SELECT, 4, proto.OFPG_BUCKET_LAST, []),
    }


def only_1_5(datapath, proto, parser):
    request = {"datapath": datapath, "flags": 0}
    copy = parser.OFPActionCopyField(16, 4, 8, [parser.OFPOxmId("eth_dst"), parser.OFPOxmId("metadata")])
    masked = parser.OFPActionSetField(eth_dst=("02:00:00:00:00:00", "ff:ff:ff:00:00:00"))
    when = parser.OFPBundlePropTime(
        type_=proto.OFPBPT_TIME, scheduled_time=parser.OFPTime(seconds=0x65E0B3C0, nanoseconds=10))
    thresholds = parser.OFPStats(packet_count=1000)
    return {
        "new-actions": packet_out(datapath, proto, parser, [copy, parser.OFPActionMeter(3), masked], b""),
        "stat-trigger": parser.OFPFlowMod(
            datapath, out_port=proto.OFPP_ANY, out_group=proto.OFPG_ANY, match=parser.OFPMatch(),
            instructions=[parser.OFPInstructionStatTrigger(proto.OFPSTF_PERIODIC, thresholds)]),
        "flow-counters": parser.OFPFlowStatsRequest(**request, match=parser.OFPMatch()),
        "controllers": parser.OFPControllerStatusStatsRequest(**request),
        "bundle-features": parser.OFPBundleFeaturesStatsRequest(**request, feature_request_flags=1, properties=[]),
        "bundle-commit": parser.OFPBundleCtrlMsg(
            datapath, 9, proto.OFPBCT_COMMIT_REQUEST, proto.OFPBF_ATOMIC | proto.OFPBF_TIME, [when]),
    }


# --- Nicira's ----------------------------------------------------------------------------------------


def nicira_actions(parser):
    learnt = [
        parser.NXFlowSpecMatch(src=0x800, dst=("eth_type_nxm", 0), n_bits=16),
        parser.NXFlowSpecMatch(src=("eth_src_nxm", 0), dst=("eth_dst_nxm", 0), n_bits=48),
        parser.NXFlowSpecLoad(src=5, dst=("reg1", 0), n_bits=8),
        parser.NXFlowSpecOutput(src=("in_port_nxm", 0), dst="", n_bits=16),
    ]
    nat = parser.NXActionNAT(
        flags=1, range_ipv4_min="10.0.0.1", range_ipv4_max="10.0.0.9", range_proto_min=1000, range_proto_max=2000)
    tracked = {"flags": 1, "zone_src": "", "zone_ofs_nbits": 4, "recirc_table": 2, "alg": 0, "actions": [nat]}
    # Bits from the third on, 16 of them: the first above the number of bits less one.
    bits = (2 << 6) | 15
    ports = {"algorithm": 1, "fields": 0, "basis": 50, "slave_type": 0x2, "n_slaves": 2, "slaves": [1, 2]}
    return [
        parser.NXActionPopQueue(),
        parser.NXActionRegLoad(ofs_nbits=bits, dst="reg1", value=0x1234),
        parser.NXActionNote(note=[1, 2, 3, 4, 5, 6]),
        parser.NXActionSetTunnel(tun_id=7),
        parser.NXActionSetTunnel64(tun_id=0x700000008),
        parser.NXActionRegMove(src_field="eth_src_nxm", dst_field="reg2", n_bits=16, src_ofs=1, dst_ofs=3),
        parser.NXActionResubmit(in_port=3),
        parser.NXActionResubmitTable(in_port=0xFFF8, table_id=2),
        parser.NXActionOutputReg(ofs_nbits=bits, src="reg0", max_len=1024),
        parser.NXActionOutputReg2(ofs_nbits=bits, src="reg0", max_len=1024),
        parser.NXActionLearn(
            table_id=1, specs=learnt, idle_timeout=180, hard_timeout=300, priority=7, cookie=0x64, flags=1,
            fin_idle_timeout=10, fin_hard_timeout=20),
        parser.NXActionExit(),
        parser.NXActionController(max_len=1024, controller_id=1, reason=0),
        parser.NXActionDecTtlCntIds(cnt_ids=[1, 2, 3]),
        parser.NXActionStackPush(field="reg2", start=0, end=5),
        parser.NXActionStackPop(field="reg2", start=0, end=5),
        parser.NXActionSample(probability=3, collector_set_id=1, obs_domain_id=2, obs_point_id=4),
        parser.NXActionSample2(
            probability=3, collector_set_id=1, obs_domain_id=2, obs_point_id=4, sampling_port=8080),
        parser.NXActionFinTimeout(fin_idle_timeout=30, fin_hard_timeout=60),
        parser.NXActionConjunction(clause=1, n_clauses=2, id_=10),
        parser.NXActionMultipath(
            fields=0, basis=1024, algorithm=0, max_link=4, arg=0, ofs_nbits=bits, dst="reg2"),
        parser.NXActionBundle(**ports, ofs_nbits=0, dst=""),
        parser.NXActionBundleLoad(**ports, ofs_nbits=bits, dst="reg0"),
        parser.NXActionCT(**tracked),
        parser.NXActionCTClear(),
        parser.NXActionOutputTrunc(port=8080, max_len=1024),
        parser.NXActionDecNshTtl(),
    ]
