package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// officialModel is the part of the official provider's block that means nothing
// here. It is accepted so that a block can be copied as it is. It is that of
// version 1.289.0 of aliyun/alicloud (17 August 2026). To bring it up to date,
// compare it with the provider block in the output of `terraform providers
// schema -json` in a module that requires the newer version.
type officialModel struct {
	AccountID            types.String `tfsdk:"account_id"`
	AccountType          types.String `tfsdk:"account_type"`
	FC                   types.String `tfsdk:"fc"`
	LogEndpoint          types.String `tfsdk:"log_endpoint"`
	MNSEndpoint          types.String `tfsdk:"mns_endpoint"`
	OTSInstanceName      types.String `tfsdk:"ots_instance_name"`
	SkipRegionValidation types.Bool   `tfsdk:"skip_region_validation"`
	SignVersion          types.Set    `tfsdk:"sign_version"`
	Features             types.List   `tfsdk:"features"`
}

const notUsed = "Accepted for compatibility with the official provider; not used."

var unusedBool = schema.BoolAttribute{Optional: true, MarkdownDescription: notUsed}

// unused are strings that mean nothing here.
func unused(names ...string) map[string]schema.Attribute {
	var attribute schema.Attribute = text(notUsed)
	attributes := make(map[string]schema.Attribute, len(names))
	for _, name := range names {
		attributes[name] = attribute
	}
	return attributes
}

// otherEndpoints are the services other than ecs and sts in the block endpoints
// of the official provider, of the same version.
var otherEndpoints = []string{
	"acr", "actiontrail", "adb", "aiworkspace", "alb", "alidfs", "alidns", "alikafka", "amqp", "antiddos_public",
	"apig", "apigateway", "arms", "bastionhost", "beebot", "bpstudio", "brain_industrial", "bssopenapi", "cas",
	"cassandra", "cbn", "cbs", "cddc", "cdn", "cds", "chatbot", "clickhouse", "cloudapi", "cloudauth",
	"cloudfirewall", "cloudfw", "cloudphone", "cloudsso", "cms", "computenest", "config", "cr", "cs", "das",
	"datahub", "dataworks_public", "dataworkspublic", "dbfs", "dbs", "dcdn", "ddosbasic", "ddosbgp", "ddoscoo",
	"dds", "devops_rdc", "devopsrdc", "dfs", "dg", "dm", "dms_enterprise", "dmsenterprise", "dns", "drds", "dts",
	"dysms", "dysmsapi", "eais", "ebs", "ecd", "eci", "edas", "edasschedulerx", "eds_user", "edsuser", "eflo",
	"eflo_cnp", "eflo_controller", "ehpc", "ehs", "eipanycast", "elasticsearch", "emr", "ens", "esa", "ess",
	"eventbridge", "fc", "fc_open", "fnf", "ga", "gaplus", "gdb", "gds", "gpdb", "gwlb", "gwsecd", "hbr", "hcs_sgw",
	"hitsdb", "imm", "imp", "ims", "iot", "kms", "kvstore", "location", "log", "market", "maxcompute", "mhub",
	"mns", "mns_open", "mscopensubscription", "mse", "nas", "nlb", "oceanbase", "oceanbasepro", "ons", "onsproxy",
	"oos", "opensearch", "oss", "ots", "polardb", "polardbx", "privatelink", "pvtz", "quickbi", "quickbi_public",
	"quotas", "r_kvstore", "ram", "rds", "redisa", "resourcemanager", "resourcesharing", "ressharing", "rocketmq",
	"ros", "sae", "sas", "scdn", "schedulerx2", "sddp", "selectdb", "serverless", "servicecatalog", "servicemesh",
	"sgw", "slb", "smartag", "srvcatalog", "swas", "swas_open", "tag", "vod", "vpc", "vpcipam", "vpcpeer", "vs",
	"waf", "waf_openapi",
}
