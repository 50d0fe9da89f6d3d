// The rules of inputs. A line at the margin names an operation ("A=B": as B). A line below names a member, in the order
// in which members are checked; those that are indented further are members of its value, "*" an element of a list or
// a value of a map. Then follow: "!" must not be null; required, table, unless: see Rule; name: a name's characters;
// len, min, max: limits of length and value; enum: values in the order in which they are shown; keys, values: lengths
// in a map; java: shown in the way of Java's toString.
#include "services/dynamodb/rules.h"

namespace thimble::services::dynamodb {
namespace {

constexpr std::string_view kRules = R"(
CreateTable
 AttributeDefinitions!
  *
   AttributeName! len:1..255
   AttributeType! enum:B|N|S
 TableName required table name
 BillingMode enum:PROVISIONED|PAY_PER_REQUEST
 ProvisionedThroughput
  WriteCapacityUnits! min:1
  ReadCapacityUnits! min:1
 KeySchema! len:1..2 java
  *
   AttributeName! len:1..255
   KeyType! enum:HASH|RANGE
 GlobalSecondaryIndexes
  *
   IndexName! name len:3..255
   KeySchema! len:1..8
    *
     AttributeName! len:1..255
     KeyType! enum:HASH|RANGE
   Projection!
    ProjectionType enum:ALL|INCLUDE|KEYS_ONLY
    NonKeyAttributes len:1..20
     * len:1..255
   ProvisionedThroughput
    WriteCapacityUnits! min:1
    ReadCapacityUnits! min:1
 LocalSecondaryIndexes
  *
   IndexName! name len:3..255
   KeySchema! len:1..2
    *
     AttributeName! len:1..255
     KeyType! enum:HASH|RANGE
   Projection!
    ProjectionType enum:ALL|INCLUDE|KEYS_ONLY
    NonKeyAttributes len:1..20
     * len:1..255
 VectorIndexes
  *
   IndexName! name len:3..255
   VectorAttribute!
    AttributeName! len:1..255
   SearchSchema len:1
    *
     AttributeName! len:1..255
     SearchSchemaElementType! enum:HASH|INLINE_FILTER
   Projection!
    ProjectionType enum:ALL|INCLUDE|KEYS_ONLY
    NonKeyAttributes len:1..20
     * len:1..255
   Dimensions! min:1
   DistanceFunction! enum:COSINE|DOT_PRODUCT|EUCLIDEAN
 StreamSpecification
  StreamEnabled!
  StreamViewType enum:OLD_IMAGE|KEYS_ONLY|NEW_AND_OLD_IMAGES|NEW_IMAGE
 SSESpecification
  KMSMasterKeyId len:1..2048
UpdateTable
 AttributeDefinitions
  *
   AttributeName! len:1..255
   AttributeType! enum:B|N|S
 TableName required table name
 ProvisionedThroughput
  WriteCapacityUnits! min:1
  ReadCapacityUnits! min:1
 BillingMode enum:PROVISIONED|PAY_PER_REQUEST
 GlobalSecondaryIndexUpdates
  *
   Update
    IndexName! name len:3..255
    ProvisionedThroughput unless:IndexName|OnDemandThroughput|WarmThroughput
     WriteCapacityUnits! min:1
     ReadCapacityUnits! min:1
   Create
    Projection!
     ProjectionType enum:ALL|INCLUDE|KEYS_ONLY
     NonKeyAttributes len:1..20
      * len:1..255
    IndexName! name len:3..255
    ProvisionedThroughput
     WriteCapacityUnits! min:1
     ReadCapacityUnits! min:1
    KeySchema! len:1..8
     *
      AttributeName! len:1..255
      KeyType! enum:HASH|RANGE
   Delete
    IndexName! name len:3..255
 VectorIndexUpdates
  *
   Create
    IndexName! name len:3..255
    VectorAttribute!
     AttributeName! len:1..255
    SearchSchema len:1
     *
      AttributeName! len:1..255
      SearchSchemaElementType! enum:HASH|INLINE_FILTER
    Projection!
     ProjectionType enum:ALL|INCLUDE|KEYS_ONLY
     NonKeyAttributes len:1..20
      * len:1..255
    Dimensions! min:1
    DistanceFunction! enum:COSINE|DOT_PRODUCT|EUCLIDEAN
   Delete
    IndexName! name len:3..255
 StreamSpecification
  StreamEnabled!
  StreamViewType enum:OLD_IMAGE|KEYS_ONLY|NEW_AND_OLD_IMAGES|NEW_IMAGE
 SSESpecification
  KMSMasterKeyId len:1..2048
DeleteTable
 TableName required table name
DescribeTable
 TableName required table name
CreateBackup
 TableName required table name
 BackupName! name len:3..255
DescribeTimeToLive
 TableName required table name
DescribeContinuousBackups
 TableName required table name
DescribeContributorInsights
 TableName required table name
 IndexName table name
UpdateContributorInsights
 TableName required table name
 IndexName table name
 ContributorInsightsAction! enum:ENABLE|DISABLE
 ContributorInsightsMode enum:THROTTLED_KEYS|ACCESSED_AND_THROTTLED_KEYS
DescribeBackup
 BackupArn!
DeleteBackup
 BackupArn!
DescribeKinesisStreamingDestination
 TableName required table name
UpdateTimeToLive
 TableName required table name
 TimeToLiveSpecification!
  Enabled!
  AttributeName! len:1..255
UpdateContinuousBackups
 TableName required table name
 PointInTimeRecoverySpecification!
  PointInTimeRecoveryEnabled!
  RecoveryPeriodInDays min:1 max:35
ListTables
 Limit min:1 max:100
 ExclusiveStartTableName name len:3..255
GetItem
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 AttributesToGet len:1..255
 TableName! name len:3..255
 Key!
PutItem
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 TableName! name len:3..255
 Item!
 ConditionalOperator enum:OR|AND
 Expected
  *
   ComparisonOperator enum:IN|NULL|BETWEEN|LT|NOT_CONTAINS|EQ|GT|NOT_NULL|NE|LE|BEGINS_WITH|GE|CONTAINS
 ReturnValues enum:ALL_NEW|UPDATED_OLD|ALL_OLD|NONE|UPDATED_NEW
 ReturnItemCollectionMetrics enum:SIZE|NONE
 ReturnValuesOnConditionCheckFailure enum:ALL_OLD|NONE
DeleteItem
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 TableName! name len:3..255
 ReturnValues enum:ALL_NEW|UPDATED_OLD|ALL_OLD|NONE|UPDATED_NEW
 ReturnItemCollectionMetrics enum:SIZE|NONE
 Key!
 ConditionalOperator enum:OR|AND
 Expected
  *
   ComparisonOperator enum:IN|NULL|BETWEEN|LT|NOT_CONTAINS|EQ|GT|NOT_NULL|NE|LE|BEGINS_WITH|GE|CONTAINS
 ReturnValuesOnConditionCheckFailure enum:ALL_OLD|NONE
UpdateItem
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 TableName! name len:3..255
 ReturnItemCollectionMetrics enum:SIZE|NONE
 ReturnValues enum:ALL_NEW|UPDATED_OLD|ALL_OLD|NONE|UPDATED_NEW
 ConditionalOperator enum:OR|AND
 Key!
 Expected
  *
   ComparisonOperator enum:IN|NULL|BETWEEN|LT|NOT_CONTAINS|EQ|GT|NOT_NULL|NE|LE|BEGINS_WITH|GE|CONTAINS
 AttributeUpdates
  *
   Action enum:ADD|PUT|DELETE
 ReturnValuesOnConditionCheckFailure enum:ALL_OLD|NONE
Query
 Select enum:SPECIFIC_ATTRIBUTES|COUNT|ALL_ATTRIBUTES|ALL_PROJECTED_ATTRIBUTES
 IndexName name len:3..255
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 QueryFilter
  *
   ComparisonOperator! enum:IN|NULL|BETWEEN|LT|NOT_CONTAINS|EQ|GT|NOT_NULL|NE|LE|BEGINS_WITH|GE|CONTAINS
 TableName! name len:3..255
 ConditionalOperator enum:OR|AND
 AttributesToGet len:1..255
 Limit min:1
 KeyConditions
  *
   ComparisonOperator! enum:IN|NULL|BETWEEN|LT|NOT_CONTAINS|EQ|GT|NOT_NULL|NE|LE|BEGINS_WITH|GE|CONTAINS
Scan
 Select enum:SPECIFIC_ATTRIBUTES|COUNT|ALL_ATTRIBUTES|ALL_PROJECTED_ATTRIBUTES
 IndexName name len:3..255
 TotalSegments min:1 max:1000000
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 TableName! name len:3..255
 ConditionalOperator enum:OR|AND
 ScanFilter
  *
   ComparisonOperator! enum:IN|NULL|BETWEEN|LT|NOT_CONTAINS|EQ|GT|NOT_NULL|NE|LE|BEGINS_WITH|GE|CONTAINS
 Segment min:0 max:999999
 Limit min:1
 AttributesToGet len:1..255
BatchGetItem
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 RequestItems! len:1 keys:3..255
  *!
   Keys! len:1..100
   AttributesToGet len:1..255
BatchWriteItem
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 ReturnItemCollectionMetrics enum:SIZE|NONE
 RequestItems! len:1 keys:3..255 values:1..25 java
  *
   *
    DeleteRequest
     Key!
    PutRequest
     Item!
TransactWriteItems
 ClientRequestToken len:1..36
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 ReturnItemCollectionMetrics enum:SIZE|NONE
 TransactItems! len:1..100 java
  *
   Put
    TableName! name len:3..255
    Item!
    ReturnValuesOnConditionCheckFailure enum:ALL_OLD|NONE
   Update
    TableName! name len:3..255
    Key!
    UpdateExpression!
    ReturnValuesOnConditionCheckFailure enum:ALL_OLD|NONE
   Delete
    TableName! name len:3..255
    Key!
    ReturnValuesOnConditionCheckFailure enum:ALL_OLD|NONE
   ConditionCheck
    TableName! name len:3..255
    Key!
    ConditionExpression!
    ReturnValuesOnConditionCheckFailure enum:ALL_OLD|NONE
TransactGetItems
 ReturnConsumedCapacity enum:INDEXES|TOTAL|NONE
 TransactItems! len:1..100 java
  *
   Get!
    TableName! name len:3..255
    Key!
)";

}  // namespace

std::string_view rulesText() {
  return kRules;
}

}  // namespace thimble::services::dynamodb
