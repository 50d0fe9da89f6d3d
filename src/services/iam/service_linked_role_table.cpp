#include "services/iam/service_linked_roles.h"

namespace thimble::services::iam {
namespace {

constexpr ServiceLinkedRole kRoles[] = {
    {"accountdiscovery.ssm", "AmazonSSM_AccountDiscovery", "AWSSystemsManagerAccountDiscoveryServicePolicy", ""},
    {"acm", "CertificateManager", "CertificateManagerServiceRolePolicy", ""},
    {"appmesh", "AppMesh", "AWSAppMeshServiceRolePolicy", ""},
    {"autoscaling", "AutoScaling", "AutoScalingServiceRolePolicy", "", true},
    {"autoscaling-plans", "AutoScalingPlans_EC2AutoScaling", "AWSAutoScalingPlansEC2AutoScalingPolicy", ""},
    {"backup", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup", ""},
    {"batch", "Batch", "BatchServiceRolePolicy", ""},
    {"cassandra.application-autoscaling", "ApplicationAutoScaling_CassandraTable",
     "AWSApplicationAutoscalingCassandraTablePolicy", ""},
    {"cks.kms", "KeyManagementServiceCustomKeyStores", "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy", ""},
    {"cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy", ""},
    {"codestar-notifications", "CodeStarNotifications", "AWSCodeStarNotificationsServiceRolePolicy", ""},
    {"config", "Config", "AWSConfigServiceRolePolicy", ""},
    {"connect", "AmazonConnect", "AmazonConnectServiceLinkedRolePolicy", "", true},
    {"dms", "DMSServerless", "AWSDMSServerlessServiceRolePolicy", ""},
    {"dms-fleet-advisor", "DMSFleetAdvisor", "AWSDMSFleetAdvisorServiceRolePolicy", ""},
    {"docdb-elastic", "DocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy", ""},
    {"dynamodb.application-autoscaling", "ApplicationAutoScaling_DynamoDBTable",
     "AWSApplicationAutoscalingDynamoDBTablePolicy", ""},
    {"ec2-instance-connect", "Ec2InstanceConnect", "Ec2InstanceConnectEndpoint", ""},
    {"ec2.application-autoscaling", "ApplicationAutoScaling_EC2SpotFleetRequest",
     "AWSApplicationAutoscalingEC2SpotFleetRequestPolicy", ""},
    {"ecr", "ECRTemplate", "ECRTemplateServiceRolePolicy", ""},
    {"ecs", "ECS", "AmazonECSServiceRolePolicy", ""},
    {"ecs.application-autoscaling", "ApplicationAutoScaling_ECSService", "AWSApplicationAutoscalingECSServicePolicy",
     ""},
    {"eks", "AmazonEKS", "AmazonEKSServiceRolePolicy", ""},
    {"eks-connector", "AmazonEKSConnector", "AmazonEKSConnectorServiceRolePolicy", ""},
    {"eks-fargate", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy", ""},
    {"eks-nodegroup", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup", ""},
    {"elasticache", "ElastiCache", "ElastiCacheServiceRolePolicy", ""},
    {"elasticbeanstalk", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy", ""},
    {"elasticfilesystem", "AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy", ""},
    {"elasticloadbalancing", "ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy", ""},
    {"email.cognito-idp", "AmazonCognitoIdpEmailService", "AmazonCognitoIdpEmailServiceRolePolicy", ""},
    {"emr-containers", "AmazonEMRContainers", "AmazonEMRContainersServiceRolePolicy", ""},
    {"emrwal", "EMRWAL", "EMRDescribeClusterPolicyForEMRWAL", ""},
    {"fis", "FIS", "AmazonFISServiceRolePolicy", ""},
    {"grafana", "AmazonGrafana", "AmazonGrafanaServiceLinkedRolePolicy", ""},
    {"imagebuilder", "ImageBuilder", "AWSServiceRoleForImageBuilder", ""},
    {"iotmanagedintegrations", "IoTManagedIntegrations", "AWSIoTManagedIntegrationsRolePolicy", ""},
    {"kafka", "Kafka", "KafkaServiceRolePolicy", ""},
    {"kafkaconnect", "KafkaConnect", "KafkaConnectServiceRolePolicy", ""},
    {"lakeformation", "LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy", ""},
    {"lex", "LexBots", "AmazonLexBotPolicy", ""},
    {"lexv2", "LexV2Bots", "AmazonLexV2BotPolicy", "", true},
    {"lightsail", "Lightsail", "LightsailExportAccess", ""},
    {"m2", "AWSM2", "AWSM2ServicePolicy", ""},
    {"memorydb", "MemoryDB", "MemoryDBServiceRolePolicy", ""},
    {"mq", "AmazonMQ", "AmazonMQServiceRolePolicy", ""},
    {"mrk.kms", "KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy", ""},
    {"notifications", "AwsUserNotifications", "AWSUserNotificationsServiceLinkedRolePolicy", ""},
    {"observability.aoss", "AmazonOpenSearchServerless", "AmazonOpenSearchServerlessServiceRolePolicy", ""},
    {"opensearchservice", "AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy", ""},
    {"ops.apigateway", "APIGateway", "APIGatewayServiceRolePolicy", ""},
    {"ops.emr-serverless", "AmazonEMRServerless", "AmazonEMRServerlessServiceRolePolicy", ""},
    {"opsdatasync.ssm", "SystemsManagerOpsDataSync", "AWSSystemsManagerOpsDataSyncServiceRolePolicy", ""},
    {"opsinsights.ssm", "AmazonSSM_OpsInsights", "AWSSSMOpsInsightsServiceRolePolicy", ""},
    {"pullthroughcache.ecr", "ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy", ""},
    {"ram", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy", ""},
    {"rds", "RDS", "AmazonRDSServiceRolePolicy", "Allows Amazon RDS to manage AWS resources on your behalf"},
    {"redshift", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy", ""},
    {"replication.cassandra", "KeyspacesReplication", "KeyspacesReplicationServiceRolePolicy", ""},
    {"replication.ecr", "ECRReplication", "ECRReplicationServiceRolePolicy", ""},
    {"repository.sync.codeconnections", "GitSync", "AWSGitSyncServiceRolePolicy", ""},
    {"resource-explorer-2", "ResourceExplorer", "AWSResourceExplorerServiceRolePolicy", ""},
    {"rolesanywhere", "RolesAnywhere", "AWSRolesAnywhereServicePolicy", ""},
    {"s3-outposts", "S3OnOutposts", "AWSS3OnOutpostsServiceRolePolicy", ""},
    {"ses", "AmazonSES", "AmazonSESServiceRolePolicy", ""},
    {"shield", "AWSShield", "AWSShieldServiceRolePolicy", ""},
    {"spot", "EC2Spot", "AWSEC2SpotServiceRolePolicy", ""},
    {"spotfleet", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy", ""},
    {"ssm", "AmazonSSM", "AmazonSSMServiceRolePolicy",
     "Provides access to AWS Resources managed or used by Amazon SSM."},
    {"ssm-incidents", "IncidentManager", "AWSIncidentManagerServiceRolePolicy", ""},
    {"ssm-quicksetup", "SSMQuickSetup", "SSMQuickSetupRolePolicy", ""},
    {"sso", "SSO", "AWSSSOServiceRolePolicy",
     "Service-linked role used by AWS SSO to manage AWS resources, including IAM roles, policies and SAML IdP on your "
     "behalf."},
    {"vpcorigin.cloudfront", "CloudFrontVPCOrigin", "AWSCloudFrontVPCOriginServiceRolePolicy", ""},
    {"waf", "WAFLogging", "WAFLoggingServiceRolePolicy", ""},
    {"wafv2", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy", ""},
};

constexpr std::string_view kSuffix = ".amazonaws.com";

}  // namespace

std::span<const ServiceLinkedRole> serviceLinkedRoles() {
  return kRoles;
}

const ServiceLinkedRole* findServiceLinkedRole(std::string_view service) {
  if (!service.ends_with(kSuffix)) return nullptr;
  service.remove_suffix(kSuffix.size());
  for (const ServiceLinkedRole& role : kRoles) {
    if (role.service == service) return &role;
  }
  return nullptr;
}

}  // namespace thimble::services::iam
