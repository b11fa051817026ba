/** Answers of EC2's API as XML (EC2 developer guide, "Query requests", "Error response"). The only file with the XML library. */
import { XmlNode } from "@aws-sdk/xml-builder";
import type { Page } from "./describe-instances.ts";
import type { Description } from "./description.ts";
import type { Ec2Error } from "./ec2-errors.ts";

/** The version of EC2's API. */
export const VERSION = "2016-11-15";

export function instancesXml({ instances, nextToken }: Page, requestId: string, ownerId: string): string {
  const root = element("DescribeInstancesResponse", [
    text("requestId", requestId),
    set(
      "reservationSet",
      instances.map((one) => reservation(one, ownerId)),
    ),
    ...optional("nextToken", nextToken),
  ]);
  return printed(root.addAttribute("xmlns", `http://ec2.amazonaws.com/doc/${VERSION}/`));
}

export function errorXml({ name, message }: Ec2Error, requestId: string): string {
  const error = element("Error", [text("Code", name), text("Message", message)]);
  return printed(element("Response", [element("Errors", [error]), text("RequestID", requestId)]));
}

const printed = (root: XmlNode): string => `<?xml version="1.0" encoding="UTF-8"?>\n${root}`;

/** Each instance has a reservation of its own, as after one RunInstances for each. */
const reservation = (instance: Description, ownerId: string): XmlNode[] => [
  text("reservationId", instance.reservationId),
  text("ownerId", ownerId),
  element("groupSet", []),
  set("instancesSet", [instanceFields(instance, ownerId)]),
];

function instanceFields(of: Description, ownerId: string): XmlNode[] {
  return [
    text("instanceId", of.instanceId),
    text("imageId", of.imageId),
    element("instanceState", [text("code", String(of.stateCode)), text("name", of.state)]),
    text("privateDnsName", of.privateDnsName),
    text("dnsName", of.dnsName),
    text("reason", ""),
    text("amiLaunchIndex", "0"),
    element("productCodes", []),
    text("instanceType", of.instanceType),
    text("launchTime", of.launchTime),
    element("placement", [
      text("availabilityZone", of.availabilityZone),
      text("groupName", ""),
      text("tenancy", "default"),
    ]),
    element("monitoring", [text("state", "disabled")]),
    text("subnetId", of.subnetId),
    text("vpcId", of.vpcId),
    ...optional("privateIpAddress", of.privateAddress),
    ...optional("ipAddress", of.address),
    ...optional("ipv6Address", of.ipv6Address),
    text("sourceDestCheck", "true"),
    element("groupSet", []),
    text("architecture", of.architecture),
    text("rootDeviceType", "ebs"),
    text("rootDeviceName", "/dev/xvda"),
    element("blockDeviceMapping", []),
    text("virtualizationType", "hvm"),
    set(
      "tagSet",
      Object.entries(of.tags).map(([key, value]) => [text("key", key), text("value", value)]),
    ),
    text("hypervisor", "xen"),
    set("networkInterfaceSet", of.privateAddress === undefined ? [] : [networkInterface(of, ownerId)]),
    text("ebsOptimized", "false"),
    text("enaSupport", "true"),
    // "platform" is only of Windows.
    text("platformDetails", "Linux/UNIX"),
    text("usageOperation", "RunInstances"),
    // As the simulator's metadata service: IMDSv2 only.
    element("metadataOptions", [
      text("state", "applied"),
      text("httpTokens", "required"),
      text("httpPutResponseHopLimit", "2"),
      text("httpEndpoint", "enabled"),
    ]),
  ];
}

function networkInterface(of: Description, ownerId: string): XmlNode[] {
  const association =
    of.address === undefined
      ? []
      : [
          element("association", [
            text("publicIp", of.address),
            text("publicDnsName", of.dnsName),
            text("ipOwnerId", "amazon"),
          ]),
        ];
  const addresses = [
    ...optional("privateIpAddress", of.privateAddress),
    text("privateDnsName", of.privateDnsName),
    text("primary", "true"),
    ...association,
  ];
  return [
    text("networkInterfaceId", of.networkInterfaceId),
    text("subnetId", of.subnetId),
    text("vpcId", of.vpcId),
    text("ownerId", ownerId),
    text("status", "in-use"),
    ...optional("privateIpAddress", of.privateAddress),
    set("privateIpAddressesSet", [addresses]),
    set("ipv6AddressesSet", of.ipv6Address === undefined ? [] : [[text("ipv6Address", of.ipv6Address)]]),
  ];
}

const element = (name: string, children: XmlNode[]): XmlNode => new XmlNode(name, children);

const text = (name: string, content: string): XmlNode => XmlNode.of(name, content);

const optional = (name: string, content: string | undefined): XmlNode[] =>
  content === undefined ? [] : [text(name, content)];

/** A list in EC2's XML: each member is an <item>. */
const set = (name: string, items: readonly XmlNode[][]): XmlNode =>
  element(
    name,
    items.map((children) => element("item", children)),
  );
