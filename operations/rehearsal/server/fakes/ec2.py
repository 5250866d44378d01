"""EC2: the forms of its IDs."""

from operations.rehearsal.server.fake import Fake, TypeFacts

FAKE = Fake(
    service="ec2",
    id_prefixes={"EniId": "eni-", "RouteTableId": "rtb-"},
    types={
        "AWS::EC2::EIP": TypeFacts(id_prefix="eipalloc-", ref="PublicIp"),
        "AWS::EC2::FlowLog": TypeFacts(id_prefix="fl-"),
        "AWS::EC2::NatGateway": TypeFacts(id_prefix="nat-"),
        "AWS::EC2::NetworkAcl": TypeFacts(id_prefix="acl-"),
        "AWS::EC2::NetworkInterface": TypeFacts(id_prefix="eni-"),
        "AWS::EC2::SecurityGroupEgress": TypeFacts(id_prefix="sgr-"),
        "AWS::EC2::SecurityGroupIngress": TypeFacts(id_prefix="sgr-"),
        "AWS::EC2::VPCPeeringConnection": TypeFacts(id_prefix="pcx-"),
    },
)
