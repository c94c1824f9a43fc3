"""Fixed addresses for the workers that call partners, where the stage asks for them (`SPACEGARDEN_STATIC_EGRESS`).

Lambda calls from whatever address it has. A partner whose firewall admits known callers alone needs the few addresses
of a NAT gateway; so these functions run in a network of their own, in two zones. DynamoDB and S3 have endpoints
in it, since the gateways cost by the gigabyte. A stage that does not ask has none of this in its template.
"""

from functools import lru_cache
from typing import Final

from chalicelib.core.functions import QueueFunction
from chalicelib.inventory import functions
from infra.roles.reach import Code, Definition
from infra.template.stage import Resource, Resources, Stage, sub

_DOOR = "chalicelib.core.egress"
_ZONES: Final = (1, 2)
_EVERYWHERE = "0.0.0.0/0"
# What Lambda does in the role's name, to give a function its place in the network; IAM knows no resource for it.
_INTERFACE_ACTIONS = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]


@lru_cache(maxsize=1)
def callers() -> frozenset[str]:
    """The workers whose code leads to `core.egress`, through which every address of a partner is called."""
    code = Code()
    return frozenset(
        function.name
        for function in functions()
        if isinstance(function, QueueFunction)
        and any(
            each.module.startswith(_DOOR) for each in code.reached([Definition(function.run.__module__, function.name)])
        )
    )


def network(stage: Stage) -> Resources:
    """The resources of the network; empty where the stage has no fixed addresses."""
    if not stage.has_fixed_addresses:
        return {}
    made: Resources = {
        "EgressNetwork": _resource("VPC", CidrBlock="10.64.0.0/16", EnableDnsSupport=True),
        "EgressDoor": _resource("InternetGateway"),
        "EgressDoorAttachment": _inside("VPCGatewayAttachment", InternetGatewayId={"Ref": "EgressDoor"}),
        "EgressPublicRoutes": _inside("RouteTable"),
        "EgressPublicRoute": _route("EgressPublicRoutes", GatewayId={"Ref": "EgressDoor"}),
        "EgressCallers": _inside(
            "SecurityGroup",
            GroupDescription="Functions that call partners: everything goes out, nothing comes in",
            SecurityGroupEgress=[{"IpProtocol": "-1", "CidrIp": _EVERYWHERE, "Description": "Partners and AWS"}],
        ),
    }
    for zone in _ZONES:
        made |= _in_zone(zone)
    tables = [{"Ref": f"EgressRoutes{zone}"} for zone in _ZONES]
    for name, service in (("EgressToTables", "dynamodb"), ("EgressToBucket", "s3")):
        address = sub(f"com.amazonaws.${{AWS::Region}}.{service}")
        made[name] = _inside("VPCEndpoint", ServiceName=address, RouteTableIds=tables)
    return made


def place(stage: Stage, function: str) -> Resource:
    """Properties of a function that put it into the network, if it belongs there."""
    if not _is_placed(stage, function):
        return {}
    subnets = [{"Ref": f"EgressSubnet{zone}"} for zone in _ZONES]
    return {"VpcConfig": {"SubnetIds": subnets, "SecurityGroupIds": [{"Fn::GetAtt": ["EgressCallers", "GroupId"]}]}}


def statements(stage: Stage, function: str) -> list[Resource]:
    """What the role of a function in the network allows in addition; empty for other functions."""
    if not _is_placed(stage, function):
        return []
    return [{"Sid": "StandInTheNetwork", "Effect": "Allow", "Action": _INTERFACE_ACTIONS, "Resource": ["*"]}]


def variables(stage: Stage) -> Resource:
    """The environment variable that tells functions the fixed addresses, for `/egress.json`; empty without them."""
    if not stage.has_fixed_addresses:
        return {}
    return {"SPACEGARDEN_EGRESS_ADDRESSES": {"Fn::Join": [",", [{"Ref": f"EgressAddress{zone}"} for zone in _ZONES]]}}


def _is_placed(stage: Stage, function: str) -> bool:
    return stage.has_fixed_addresses and function in callers()


def _in_zone(zone: int) -> Resources:
    """A gateway with its address in a public subnet, and the functions' subnet whose routes lead to it."""
    name = {"Fn::Select": [zone - 1, {"Fn::GetAZs": ""}]}
    public, private = f"EgressPublicSubnet{zone}", f"EgressSubnet{zone}"
    routes, gateway, address = f"EgressRoutes{zone}", f"EgressGateway{zone}", f"EgressAddress{zone}"
    attached = {"DependsOn": "EgressDoorAttachment"}
    return {
        public: _inside("Subnet", CidrBlock=f"10.64.{zone}.0/24", AvailabilityZone=name),
        private: _inside("Subnet", CidrBlock=f"10.64.{16 * zone}.0/20", AvailabilityZone=name),
        f"{public}Routes": _association(public, "EgressPublicRoutes"),
        f"{private}Routes": _association(private, routes),
        address: _resource("EIP", Domain="vpc") | attached,
        gateway: _resource(
            "NatGateway", AllocationId={"Fn::GetAtt": [address, "AllocationId"]}, SubnetId={"Ref": public}
        ),
        routes: _inside("RouteTable"),
        f"EgressRoute{zone}": _route(routes, NatGatewayId={"Ref": gateway}),
    }


def _association(subnet: str, routes: str) -> Resource:
    return _resource("SubnetRouteTableAssociation", SubnetId={"Ref": subnet}, RouteTableId={"Ref": routes})


def _route(routes: str, **target: Resource) -> Resource:
    made = _resource("Route", RouteTableId={"Ref": routes}, DestinationCidrBlock=_EVERYWHERE, **target)
    return made | {"DependsOn": "EgressDoorAttachment"}


def _inside(kind: str, **properties: object) -> Resource:
    return _resource(kind, VpcId={"Ref": "EgressNetwork"}, **properties)


def _resource(kind: str, **properties: object) -> Resource:
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties}
